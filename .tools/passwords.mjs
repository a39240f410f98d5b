// Writes handlers/passwords.txt: what people choose as passwords and the words
// of everyday Indonesian, in lower case, sorted by byte, one on a line.
//
// The passwords are those of Mark Burnett's corpus of ten million out of
// breaches, as zxcvbn carries them; the words are of film subtitles (OPUS
// OpenSubtitles). What is shorter than a password has to be is never looked up.
import { readFileSync, writeFileSync } from 'node:fs'

const read = (path) => JSON.parse(readFileSync(new URL(`node_modules/@zxcvbn-ts/${path}`, import.meta.url)))
const kept = (word) => /^[!-~]{8,}$/.test(word)
const passwords = read('language-common/src/passwords.json').map((word) => word.toLowerCase())
const words = read('language-id/src/commonWords.json').filter((word) => /^[a-z]{4,}$/.test(word))
const list = [...new Set([...passwords, ...words].filter(kept))].sort()
writeFileSync(new URL('../handlers/passwords.txt', import.meta.url), list.join('\n') + '\n')
