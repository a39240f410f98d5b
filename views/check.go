package views

// CheckPage is where staff hold what a customer shows against what is true,
// /check?q=… or ?code=….
type CheckPage struct {
	Page
	// Query is what was typed: last digits, or a link.
	Query Field
	// Nothing was found for it.
	Nothing bool
	// Found are several codes with the same ending.
	Found []ProofRow
	// Proof is the answer to exactly one.
	Proof *ProofView
}

// ProofRow is one of several codes, in ready text.
type ProofRow struct{ Href, Amount, Name, Code, Made, Status string }

// ProofView is a yes or a no, in ready text.
type ProofView struct {
	// Look is "yes", "no" or "before" (handed over already, or to be looked at).
	Look       string
	Word, Say  string
	Amount     string
	Name, Code string
	CodeHref   string
	Facts      []string
	// HandOver is where the handing over is posted; empty when there is none.
	HandOver string
	// Now is when this was true.
	Now string
}

func (p ProofView) icon() string {
	switch p.Look {
	case "yes":
		return "done"
	case "before":
		return "warning"
	}
	return "stop"
}
