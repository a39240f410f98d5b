package handlers

import (
	"bytes"
	"context"
	"encoding/csv"
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
	maxAudit  = 50_000          // rows of an export
	verifyFor = 5 * time.Second // that a page waits for the chain
)

// auditKinds are what people are told of; other kinds show as they are.
var auditKinds = []named{
	{string(db.EventSignedIn), text{"Masuk", "Signed in"}},
	{string(db.EventSignedOut), text{"Keluar", "Signed out"}},
	{string(db.EventStaffAdded), text{"Staf baru", "New member of staff"}},
	{string(db.EventStaffChanged), text{"Staf diubah", "Staff changed"}},
	{string(db.EventInvited), text{"Undangan dibuat", "Invitation made"}},
	{string(db.EventResetLink), text{"Tautan kata sandi dibuat", "Password link made"}},
	{string(db.EventInviteWithdrawn), text{"Tautan ditarik", "Link withdrawn"}},
	{string(db.EventSessionsEnded), text{"Dikeluarkan dari perangkat", "Signed out elsewhere"}},
	{string(db.EventFactorOn), text{"Verifikasi dua langkah aktif", "Two-step sign-in on"}},
	{string(db.EventFactorOff), text{"Verifikasi dua langkah mati", "Two-step sign-in off"}},
	{string(db.EventRecoveryUsed), text{"Kode pemulihan dipakai", "Recovery code used"}},
	{string(db.EventRecoveryMade), text{"Kode pemulihan baru", "New recovery codes"}},
	{string(db.EventSettingChanged), text{"Pengaturan diubah", "Setting changed"}},
	{string(db.EventPasskeyAdded), text{"Passkey ditambahkan", "Passkey added"}},
	{string(db.EventPasskeyRemoved), text{"Passkey dihapus", "Passkey removed"}},
	{string(db.EventPasskeyCloned), text{"Passkey ditolak: ada salinannya", "Passkey refused: there is a copy of it"}},
	{string(db.EventBlanked), text{"Data pribadi dihapus", "Personal data deleted"}},
	{string(payments.EventClosed), text{"Rekap shift dibekukan", "Shift recap frozen"}},
	{string(db.EventCredentials), text{"Kredensial DOKU diganti", "Credentials at DOKU changed"}},
	{string(db.EventBackupMade), text{"Cadangan dibuat dan teruji", "Backup made and tested"}},
	{string(db.EventBackupFailed), text{"Cadangan gagal", "Backup failed"}},
	{string(db.EventBackupDownloaded), text{"Cadangan diunduh", "Backup downloaded"}},
	{string(db.EventRekeyed), text{"Cadangan dengan kunci lain dipulihkan", "Backup of another key restored"}},
	{string(payments.EventBatchStarted), text{"Banyak kode sekaligus: mulai", "Many codes at once: begun"}},
	{string(payments.EventBatchStopped), text{"Banyak kode sekaligus: dihentikan", "Many codes at once: stopped"}},
	{string(payments.EventBatchResumed), text{"Banyak kode sekaligus: dilanjutkan", "Many codes at once: went on"}},
	{string(payments.EventBatchDone), text{"Banyak kode sekaligus: selesai", "Many codes at once: finished"}},
	{string(payments.EventCreated), text{"Kode dibuat", "Code made"}},
	{string(payments.EventUpdated), text{"Kode diubah", "Code changed"}},
	{string(payments.EventCancelled), text{"Kode dibatalkan", "Code cancelled"}},
	{string(payments.EventPaid), text{"Uang masuk", "Money received"}},
	{string(payments.EventReplayed), text{"Diputar ulang", "Run again"}},
	{string(payments.EventAttentionDone), text{"Selesai dicek", "Looked at"}},
}

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
		Page: s.page(v, "audit"), Kind: narrowing(v.lang, auditKinds, string(f.Kind)), From: dateOf(f.From), ExportHref: "/audit.csv?" + kept.Encode(),
		Narrowed: len(kept) > 0,
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
			What: happened(cal, e).in(v.lang), Facts: factsOf(e.Detail, names),
		}
		if e.CodeID != "" {
			row.CodeHref = "/codes/" + e.CodeID
		}
		p.Rows = append(p.Rows, row)
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

// factsOf writes a detail as "key: before → after", in a fixed order.
func factsOf(detail, names map[string]string) []string {
	var facts []string
	for _, key := range slices.Sorted(maps.Keys(detail)) {
		value := detail[key]
		if before, ok := detail[key+"_before"]; ok {
			value = before + " → " + value
		}
		if name := names[value]; key == "staff" && name != "" {
			value = name
		}
		if !strings.HasSuffix(key, "_before") {
			facts = append(facts, strings.ToValidUTF8(key+": "+value, "\ufffd"))
		}
	}
	return facts
}

// auditCSV is the log of the same URL as a file.
func (s *Server) auditCSV(v *visit) error {
	f := s.readAudit(v.QueryParams())
	f.Limit = maxAudit
	list, _, err := s.Store.Audit(v.ctx(), f)
	if err != nil {
		return err
	}
	names, err := s.names(v.ctx())
	if err != nil {
		return err
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	rows := [][]string{{"seq", "at", "who", "what", "code", "detail"}}
	for _, e := range list {
		rows = append(rows, []string{
			strconv.FormatInt(e.Seq, 10), e.At.In(s.Zone).Format(time.RFC3339), harmless(actor(v.lang, e.Actor, names)), string(e.Kind), e.CodeID,
			harmless(strings.Join(factsOf(e.Detail, names), "; ")),
		})
	}
	if err := w.WriteAll(rows); err != nil {
		return err
	}
	v.Response().Header().Set("Content-Disposition", `attachment; filename="audit.csv"`)
	return s.send(v, http.StatusOK, "text/csv; charset=utf-8", b.Bytes())
}

// harmless keeps a spreadsheet from running what somebody typed.
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
