package views

// AttentionView is one thing that a person must look at, on a code's page and
// in the list of what waits. Its form posts note, decision and next to Action.
type AttentionView struct {
	Lang Lang
	// ID is the entry's own; it makes the ids of its fields.
	ID string
	// Sentence says what happened and what to do.
	Sentence string
	// Facts are amount, time and place, ready text; may be empty.
	Facts []string
	// ExchangeHref leads to what DOKU said, empty when the reader may not see
	// it or there is none.
	ExchangeHref string

	// Action is where the form that closes it posts to, empty when this reader never
	// may.
	Action string
	// WhyNot is a ready sentence when it may not be closed by this reader.
	WhyNot string
	// Decide: money waits for a decision, which must be taken.
	Decide bool
	// Refund: what waits is a refund, not money that came. Own: this reader asked for
	// it and can only take it back. Who says who can approve it, ready text.
	Refund, Own bool
	Who         string
	// Decision is what was chosen so far: "accept", "aside" or "".
	Decision Field
	Note     Field
	// Next is the local path to go on to, empty for the code's page.
	Next string
	// Open shows the form unfolded.
	Open bool
}

// AttentionGroup is a code and what must be looked at on it.
type AttentionGroup struct {
	Row     RowView
	Entries []AttentionView
}

// AttentionList is what the tab of what needs a look holds in place of rows.
type AttentionList struct {
	// Loose belongs to no code: money for an unknown code, notifications that
	// cannot be read. More says that there is more of it than is shown.
	Loose []AttentionView
	More  bool
	// Groups are codes, newest first.
	Groups []AttentionGroup
}

// AttentionPage is one entry whose form came back with a mistake.
type AttentionPage struct {
	Page
	Entry AttentionView
	// BackHref is the page the form stands on.
	BackHref string
	// Problem is what is wrong with the whole form, empty when nothing is.
	Problem string
}

// empty: nothing needs a look.
func (l AttentionList) empty() bool { return len(l.Loose) == 0 && len(l.Groups) == 0 }

func (a AttentionView) note() input {
	return input{
		Lang: a.Lang, Name: "note", ID: "note-" + a.ID, Label: a.Lang.T("Catatan: apa yang dilakukan", "Note: what was done"),
		Field: a.Note, Optional: true, Rows: 2, Keep: true,
	}
}

// choices are the decisions about money under review.
func (a AttentionView) choices() []struct{ Value, Label, Hint string } {
	t := a.Lang.T
	if a.Refund {
		return []struct{ Value, Label, Hint string }{
			{"accept", t("Setujui pengembalian", "Approve the refund"), t("Dicatat sekarang; uangnya boleh diserahkan.", "Recorded now; the money may be handed over.")},
			{"aside", t("Tolak", "Decline"), t("Tidak dicatat; uangnya tetap di toko.", "Not recorded; the money stays with the shop.")},
		}
	}
	return []struct{ Value, Label, Hint string }{
		{"accept", t("Hitung sebagai pembayaran", "Count it as a payment"), t("Uangnya masuk ke total, dan kode sekali bayar menjadi lunas.", "The money joins the totals, and a single-use code becomes paid.")},
		{"aside", t("Sisihkan, jangan dihitung", "Set it aside, do not count it"), t("Akan dikembalikan, atau milik penjualan lain. Pengembaliannya dicatat sesudah ini.", "It goes back, or belongs to another sale. The refund is recorded afterwards.")},
	}
}

// does is the word for what its form is there for.
func (a AttentionView) does() string {
	switch {
	case a.Own:
		return a.Lang.T("Batalkan permintaan", "Take the request back")
	case a.Decide:
		return a.Lang.T("Putuskan", "Decide")
	}
	return a.Lang.T("Tandai ditangani", "Mark as dealt with")
}

func (a AttentionView) question() string {
	if a.Refund {
		return a.Lang.T("Setujui pengembalian ini?", "Approve this refund?")
	}
	return a.Lang.T("Uang ini dihitung?", "Does this money count?")
}
