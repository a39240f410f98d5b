package handlers

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"kodebayar/db"
	"kodebayar/payments"
	"kodebayar/views"
)

const (
	verifyFor = 5 * time.Second // that a page waits for the chain
)

// readAudit reads the list's URL; what makes no sense in it is left out.
func (s *Server) readAudit(q url.Values) db.AuditFilter {
	f := db.AuditFilter{Limit: pageLength}
	if slices.ContainsFunc(auditKinds, func(n named) bool { return n.word == q.Get("kind") }) {
		f.Kind = payments.EventKind(q.Get("kind"))
	}
	if id, err := plain(q.Get("staff")); err == nil {
		f.Actor = payments.StaffActor(id)
	}
	if day, err := time.ParseInLocation(time.DateOnly, q.Get("from"), s.Zone); err == nil {
		f.From = day
	}
	if day, err := time.ParseInLocation(time.DateOnly, q.Get("to"), s.Zone); err == nil {
		f.To = day.AddDate(0, 0, 1)
	}
	if n, err := strconv.ParseInt(q.Get("before"), 10, 64); err == nil && n > 0 {
		f.Before = n
	}
	return f
}

// audit is the log for people.
func (s *Server) audit(v *visit) error {
	q := v.QueryParams()
	f := s.readAudit(q)
	list, more, err := s.Store.Audit(v.ctx(), f)
	if err != nil {
		return err
	}
	people, err := s.Store.AllStaff(v.ctx())
	if err != nil {
		return err
	}
	names := namesOf(people)
	kept := url.Values{}
	for _, name := range []string{"staff", "kind", "from", "to"} {
		if q.Get(name) != "" {
			kept.Set(name, q.Get(name))
		}
	}
	cal := s.calendar(v.lang)
	p := views.AuditPage{
		Page: s.page(v, "audit"), Kind: narrowing(v.lang, auditKinds, string(f.Kind)), From: dateOf(f.From), ExportHref: "/audit.csv?" + kept.Encode(), ExcelHref: "/audit.xlsx?" + kept.Encode(),
	}
	if !f.To.IsZero() {
		p.To = dateOf(f.To.AddDate(0, 0, -1))
	}
	p.Person.Value = strings.TrimPrefix(f.Actor, payments.StaffActor(""))
	for _, m := range people {
		p.Person.Choices = append(p.Person.Choices, views.Choice{Value: m.ID, Label: m.Name})
	}
	for _, e := range list {
		row := views.AuditRow{
			Seq: strconv.FormatInt(e.Seq, 10), Time: cal.moment(e.At), Who: actor(v.lang, e.Actor, names),
			What: happened(cal, e).in(v.lang), Facts: factsOf(cal, e.Detail, names),
		}
		switch batch, err := plain(e.Detail["batch"]); {
		case e.CodeID != "":
			row.Href, row.Link, row.Of = "/codes/"+e.CodeID, v.lang.T("Kode", "Code"), v.lang.T("Kode dari catatan ", "Code of entry ")
		case err == nil:
			row.Href, row.Link, row.Of = "/codes/bulk/"+batch, v.lang.T("Daftar", "List"), v.lang.T("Daftar dari catatan ", "List of entry ")
		}
		p.Rows = append(p.Rows, row)
	}
	if f.Before > 0 {
		p.Newer = "/audit?" + kept.Encode()
	}
	marks, err := s.Store.Marks(v.ctx())
	if err != nil {
		return err
	}
	checked := marks[markChain]
	// Each backup is held to its chain before it counts as made.
	if backup, err := s.Store.LastBackup(v.ctx()); err == nil && backup.At.After(checked) {
		checked = backup.At
	}
	if !checked.IsZero() {
		p.Checked = v.lang.T("Rantai terakhir diperiksa utuh: ", "The chain was last found whole: ") + cal.moment(checked)
	}
	if more {
		kept.Set("before", strconv.FormatInt(list[len(list)-1].Seq, 10))
		p.Older = "/audit?" + kept.Encode()
	}
	if q.Get("verify") == "1" {
		var broken *db.BrokenChain
		ctx, cancel := context.WithTimeout(v.ctx(), verifyFor)
		defer cancel()
		switch n, err := s.Store.VerifyLog(ctx); {
		case errors.Is(err, context.DeadlineExceeded), ctx.Err() != nil:
			p.Unsure = v.lang.T(
				"Catatannya terlalu panjang untuk diperiksa di sini. Jalankan: kodebayar doctor.",
				"The log is too long to be checked here. Run: kodebayar doctor.")
		case errors.As(err, &broken):
			p.Broken = v.lang.T("Rantai catatan putus di nomor ", "The chain of the log is broken at number ") + strconv.FormatInt(broken.Seq, 10) + "."
		case err != nil:
			return err
		default:
			if err := s.Store.Mark(v.ctx(), markChain, s.Now()); err != nil {
				return err
			}
			p.Whole = v.lang.T("Rantai utuh: ", "The chain is whole: ") + grouped(n) + v.lang.T(" catatan diperiksa.", " entries checked.")
		}
	}
	return s.render(v, http.StatusOK, views.Audit(p))
}

func dateOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

// happened names an event: of a code in the words of its timeline, else by its
// kind.
func happened(cal calendar, e payments.Event) text {
	if e.CodeID == "" {
		return called(auditKinds, string(e.Kind))
	}
	_, sentence := told(cal, e)
	return sentence
}

// factsOf writes a detail as "key: before → after", in a fixed order and in the
// reader's words.
func factsOf(cal calendar, detail, names map[string]string) []string {
	if name := detail["setting"]; name != "" {
		return settingFacts(cal.lang, name, detail["before"], detail["after"])
	}
	value := func(key, v string) string {
		switch n, err := strconv.ParseInt(v, 10, 64); {
		case err == nil && (key == "amount" || key == "received"):
			return rupiah(n)
		case key == "staff" && names[v] != "":
			return names[v]
		case key == "role":
			return cal.lang.RoleName(v)
		case key == "mode":
			return strings.ToUpper(v)
		case key == "agent":
			return payments.ChainName(v)
		case key == "device":
			return deviceName(cal.lang, v)
		case key == "status":
			return standing(v).in(cal.lang)
		case key == "answer" && v != "success":
			return declined(v).in(cal.lang)
		case key == "digest" && len(v) > 12:
			return fours(v[:12]) // as its page shows it
		}
		if at, err := time.Parse(time.RFC3339, v); err == nil {
			return cal.moment(at)
		}
		if words, ok := factValues[v]; ok && !factsTyped[key] {
			return words.in(cal.lang)
		}
		return v
	}
	var facts []string
	for _, key := range slices.Sorted(maps.Keys(detail)) {
		if strings.HasSuffix(key, "_before") || factsUnsaid[key] {
			continue
		}
		shown := value(key, detail[key])
		if before, ok := detail[key+"_before"]; ok {
			shown = value(key, before) + " → " + shown
		}
		label := key
		if words, ok := factNames[key]; ok {
			label = words.in(cal.lang)
		}
		facts = append(facts, strings.ToValidUTF8(label+": "+shown, "\ufffd"))
	}
	return facts
}

// settingFacts writes a changed setting as the settings page calls it.
func settingFacts(lang views.Lang, name, before, after string) []string {
	label, shown := name, func(v string) string {
		if words, ok := factValues[v]; ok {
			return words.in(lang)
		}
		return v
	}
	of := func(write func(payments.Settings) string) {
		shown = func(v string) string {
			saved, err := db.SettingsOf(name, v)
			if err != nil {
				return v // of a version whose settings were others
			}
			return write(saved)
		}
	}
	switch name {
	case "logo":
		label = lang.T("logo", "logo")
	case "doku_environment":
		label = lang.T("lingkungan DOKU", "DOKU environment")
	case "settlement_presets":
		label = lang.T("pembagian dana", "split settlement")
		of(func(s payments.Settings) string {
			names := []string{}
			for _, p := range s.Presets {
				names = append(names, p.Name)
			}
			return cmp.Or(strings.Join(names, ", "), factValues[""].in(lang))
		})
	}
	for _, g := range choices() {
		for _, c := range g.choices {
			if cmp.Or(c.stored, c.name) == name {
				label = c.label.in(lang)
				of(func(s payments.Settings) string { return c.shown(lang, s) })
			}
		}
	}
	return []string{strings.ToValidUTF8(label+": "+shown(before)+" → "+shown(after), "\ufffd")}
}

// auditCSV and auditXLSX are the log of the same URL, whole.
func (s *Server) auditCSV(v *visit) error  { return s.auditFile(v, "csv") }
func (s *Server) auditXLSX(v *visit) error { return s.auditFile(v, "xlsx") }

func (s *Server) auditFile(v *visit, ending string) error {
	f := s.readAudit(v.QueryParams())
	f.Before, f.Limit = 0, exportBatch
	list, more, err := s.Store.Audit(v.ctx(), f) // before the first byte: what fails here still gets its page
	if err != nil {
		return err
	}
	names, err := s.names(v.ctx())
	if err != nil {
		return err
	}
	cal, t := s.calendar(v.lang), v.lang.T
	d := download{"audit", s.Now(), ending, t("Catatan audit", "Audit log"), []any{
		t("Nomor", "Number"), t("Waktu", "Time"), t("Siapa", "Who"), t("Jenis", "Kind"), t("Apa", "What"), t("Kode", "Code"), t("Rincian", "Detail"),
	}}
	return s.download(v, d, nil, func(put func([]any) error) error {
		for {
			for _, e := range list {
				if err := put([]any{
					e.Seq, e.At.In(s.Zone).Format(exportTime), actor(v.lang, e.Actor, names), string(e.Kind), happened(cal, e).in(v.lang), e.CodeID,
					strings.Join(factsOf(cal, e.Detail, names), "; "),
				}); err != nil {
					return err
				}
			}
			if !more {
				return nil
			}
			f.Before = list[len(list)-1].Seq
			if list, more, err = s.Store.Audit(v.ctx(), f); err != nil {
				return err
			}
		}
	})
}
