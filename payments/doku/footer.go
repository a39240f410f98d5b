package doku

import "strings"

// WrapFooter breaks a footer message into the lines that the store's receipt
// prints: at most [FooterLines] of [FooterLine] characters, broken between
// words where possible, and where s has a line break. What does not fit is
// left out; a request with such a message is invalid. Source: Jokul guide,
// alfa_info.receipt.footer_message, "1 line contain 40 character (fix length)".
func WrapFooter(s string) []string {
	lines := wrap(s)
	return lines[:min(len(lines), FooterLines)]
}

// footerMessage is s as it is sent: each line but the last filled with spaces
// to its fixed length, so that the printer breaks where [WrapFooter] does.
func footerMessage(s string) string {
	lines := WrapFooter(s)
	for i, line := range lines {
		if i < len(lines)-1 {
			lines[i] = line + strings.Repeat(" ", FooterLine-len([]rune(line)))
		}
	}
	return strings.Join(lines, "")
}

// wrap is WrapFooter without an end.
func wrap(s string) []string {
	s = strings.Trim(strings.ReplaceAll(s, "\r\n", "\n"), "\n ")
	if s == "" {
		return nil
	}
	var lines []string
	for paragraph := range strings.SplitSeq(s, "\n") {
		var line []rune
		for word := range strings.FieldsSeq(paragraph) {
			w := []rune(word)
			if len(line) > 0 {
				if len(line)+1+len(w) <= FooterLine {
					line = append(append(line, ' '), w...)
					continue
				}
				lines = append(lines, string(line))
			}
			for len(w) > FooterLine { // longer than a line: broken where it must be
				lines = append(lines, string(w[:FooterLine]))
				w = w[FooterLine:]
			}
			line = w
		}
		lines = append(lines, string(line))
	}
	return lines
}
