package handlers

import (
	"net/http"
	"strings"

	"kodebayar/payments"
	"kodebayar/views"
)

// askNote shows the form of a note on the timeline.
func (s *Server) askNote(v *visit) error {
	c, err := s.named(v)
	if err != nil {
		return err
	}
	return s.showNote(v, http.StatusOK, c, views.NotePage{})
}

func (s *Server) showNote(v *visit, status int, c payments.Code, p views.NotePage) error {
	p.Page, p.ID, p.Name, p.Amount = s.pageOf(v, c), c.ID, c.CustomerName, rupiah(due(c))
	return s.render(v, status, views.Note(p))
}

// addNote adds a note to the timeline.
func (s *Server) addNote(v *visit) error {
	f, err := readForm(v, "note")
	if err != nil {
		return err
	}
	c, err := s.named(v)
	if err != nil {
		return err
	}
	note := strings.ReplaceAll(f.get("note"), "\r\n", "\n")
	wrong := mistakes{}
	if note == "" {
		wrong.add("note", text{"Isi catatannya.", "Write the note."})
	}
	wrong.add("note", wrongNote(note))
	if len(wrong) > 0 || f.problem != (text{}) {
		return s.showNote(v, http.StatusUnprocessableEntity, c, views.NotePage{
			Note:    views.Field{Value: strings.ToValidUTF8(note, "\ufffd"), Error: wrong["note"].in(v.lang)},
			Problem: f.problem.in(v.lang),
		})
	}
	if err := s.Service.Remark(v.ctx(), v.viewer(), c.ID, note); err != nil {
		return err
	}
	s.say(v, "success", text{"Catatan disimpan.", "The note is saved."})
	return s.redirect(v, "/codes/"+c.ID)
}

// shopNote is the shop's note on a code, or why there is none any more.
func shopNote(lang views.Lang, c payments.Code) string {
	if !c.BlankedAt.IsZero() {
		return lang.T("Data pribadi pelanggan dihapus sesuai aturan toko.", "The customer's personal data was deleted by the shop's rules.")
	}
	return c.Note
}
