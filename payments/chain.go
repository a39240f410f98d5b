package payments

import "strings"

// chains are the chains of stores whose tills take DOKU's codes. DOKU's guides
// show one AGENT_ID, ALFAMART; how the others are spelled is not written down,
// so that every spelling seen or likely is known here, in capitals.
var chains = []struct {
	name      string   // as the chain writes it
	spellings []string // the first is its key
}{
	{"Alfamart", []string{"ALFAMART", "ALFA MART"}},
	{"Alfamidi", []string{"ALFAMIDI", "ALFA MIDI"}},
	{"Alfaexpress", []string{"ALFAEXPRESS", "ALFA EXPRESS"}},
	{"Lawson", []string{"LAWSON"}},
	{"Dan+Dan", []string{"DAN+DAN", "DANDAN", "DAN DAN", "DAN + DAN"}},
}

func capitals(agent string) string { return strings.ToUpper(strings.TrimSpace(agent)) }

// ChainKey is one key for a chain, however DOKU spelled it: DAN+DAN. An unknown
// chain's is what was sent, in capitals.
func ChainKey(agent string) string { return ChainSpellings(agent)[0] }

// ChainSpellings are all ways in which a chain is known to be spelled, in
// capitals, its key first.
func ChainSpellings(agent string) []string {
	sent := capitals(agent)
	for _, c := range chains {
		for _, s := range c.spellings {
			if s == sent {
				return c.spellings
			}
		}
	}
	return []string{sent}
}

// ChainName is a chain as people know it: Dan+Dan. An unknown one is named as it
// was sent.
func ChainName(agent string) string {
	key := ChainKey(agent)
	for _, c := range chains {
		if c.spellings[0] == key {
			return c.name
		}
	}
	return strings.TrimSpace(agent)
}
