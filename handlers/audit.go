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

// auditKinds are all kinds of events in the order of the filter: codes and
// money, shifts and files, people, the shop. One of an unknown version shows as
// it is.
var auditKinds = []named{
	{string(payments.EventCreated), text{"Kode dibuat", "Code made"}},
	{string(payments.EventActivated), text{"Kode diberi DOKU", "Code given by DOKU"}},
	{string(payments.EventRejected), text{"Kode ditolak DOKU", "Code refused by DOKU"}},
	{string(payments.EventUnanswered), text{"Jawaban DOKU tidak sampai", "DOKU's answer lost"}},
	{string(payments.EventReplaced), text{"Kode diganti yang lain", "Code replaced by another"}},
	{string(payments.EventWarned), text{"Jawaban DOKU tidak persis", "DOKU's answer not quite right"}},
	{string(payments.EventUpdateAsked), text{"Perubahan kode diminta", "Change of a code asked for"}},
	{string(payments.EventUpdated), text{"Kode diubah", "Code changed"}},
	{string(payments.EventUpdateRefused), text{"Perubahan ditolak DOKU", "Change refused by DOKU"}},
	{string(payments.EventCancelAsked), text{"Pembatalan diminta", "Cancel asked for"}},
	{string(payments.EventCancelTaken), text{"Pembatalan diterima DOKU", "Cancel taken by DOKU"}},
	{string(payments.EventCancelRefused), text{"Pembatalan ditolak DOKU", "Cancel refused by DOKU"}},
	{string(payments.EventCancelled), text{"Kode dibatalkan", "Code cancelled"}},
	{string(payments.EventExpired), text{"Batas waktu lewat", "Deadline passed"}},
	{string(payments.EventViewed), text{"Halaman pelanggan dibuka", "Customer's page opened"}},
	{string(payments.EventPrinted), text{"Dibuka untuk dicetak", "Opened to be printed"}},
	{string(payments.EventNoted), text{"Catatan ditambahkan", "Note added"}},
	{string(payments.EventInquired), text{"Kode dicek di kasir gerai", "Code asked for at a till"}},
	{string(payments.EventChecked), text{"Status ditanyakan ke DOKU", "Status asked of DOKU"}},
	{string(payments.EventTold), text{"Pemberitahuan DOKU tanpa uang", "DOKU's notification without money"}},
	{string(payments.EventPaid), text{"Uang masuk", "Money received"}},
	{string(payments.EventConfirmed), text{"Pembayaran dikuatkan", "Payment confirmed"}},
	{string(payments.EventReviewed), text{"Uang disisihkan untuk dicek", "Money kept to be looked at"}},
	{string(payments.EventResolved), text{"Uang yang dicek diputuskan", "Money looked at decided about"}},
	{string(payments.EventAttention), text{"Perlu dicek", "Needs a look"}},
	{string(payments.EventAttentionDone), text{"Selesai dicek", "Looked at"}},
	{string(payments.EventReplayed), text{"Diputar ulang", "Run again"}},
	{string(payments.EventHandedOver), text{"Sudah diserahkan", "Handed over"}},
	{string(payments.EventRefundAsked), text{"Pengembalian menunggu orang kedua", "Refund waits for a second person"}},
	{string(payments.EventRefunded), text{"Pengembalian dicatat", "Refund recorded"}},
	{string(payments.EventRefundDeclined), text{"Pengembalian ditolak", "Refund declined"}},
	{string(payments.EventClosed), text{"Shift ditutup", "Shift closed"}},
	{string(payments.EventSettled), text{"Berkas settlement dicocokkan", "Settlement file compared"}},
	{string(payments.EventBatchStarted), text{"Banyak kode sekaligus: mulai", "Many codes at once: begun"}},
	{string(payments.EventBatchStopped), text{"Banyak kode sekaligus: dihentikan", "Many codes at once: stopped"}},
	{string(payments.EventBatchResumed), text{"Banyak kode sekaligus: dilanjutkan", "Many codes at once: went on"}},
	{string(payments.EventBatchDone), text{"Banyak kode sekaligus: selesai", "Many codes at once: finished"}},
	{string(db.EventSignedIn), text{"Masuk", "Signed in"}},
	{string(db.EventPINSignedIn), text{"Masuk dengan PIN", "Signed in by PIN"}},
	{string(db.EventSignInFailed), text{"Gagal masuk", "Sign-in failed"}},
	{string(db.EventSignedOut), text{"Keluar", "Signed out"}},
	{string(db.EventSessionsEnded), text{"Dikeluarkan dari perangkat", "Signed out elsewhere"}},
	{string(db.EventStaffAdded), text{"Staf baru", "New member of staff"}},
	{string(db.EventStaffChanged), text{"Staf diubah", "Staff changed"}},
	{string(db.EventInvited), text{"Undangan dibuat", "Invitation made"}},
	{string(db.EventResetLink), text{"Tautan kata sandi dibuat", "Password link made"}},
	{string(db.EventInviteWithdrawn), text{"Tautan dibatalkan", "Link withdrawn"}},
	{string(db.EventFactorOn), text{"Verifikasi dua langkah aktif", "Two-step sign-in on"}},
	{string(db.EventFactorOff), text{"Verifikasi dua langkah mati", "Two-step sign-in off"}},
	{string(db.EventRecoveryUsed), text{"Kode pemulihan dipakai", "Recovery code used"}},
	{string(db.EventRecoveryMade), text{"Kode pemulihan baru", "New recovery codes"}},
	{string(db.EventPasskeyAdded), text{"Passkey ditambahkan", "Passkey added"}},
	{string(db.EventPasskeyRemoved), text{"Passkey dihapus", "Passkey removed"}},
	{string(db.EventPasskeyCloned), text{"Passkey ditolak: ada salinannya", "Passkey refused: there is a copy of it"}},
	{string(db.EventPINSet), text{"PIN dipasang", "PIN set"}},
	{string(db.EventPINRemoved), text{"PIN dihapus", "PIN removed"}},
	{string(db.EventTillAdded), text{"Kasir bersama ditambahkan", "Shared till added"}},
	{string(db.EventTillLink), text{"Tautan kasir bersama dibuat", "Shared till link made"}},
	{string(db.EventTillRemoved), text{"Kasir bersama dicabut", "Shared till revoked"}},
	{string(db.EventSettingChanged), text{"Pengaturan diubah", "Setting changed"}},
	{string(db.EventCredentials), text{"Kredensial DOKU diganti", "Credentials at DOKU changed"}},
	{string(db.EventBlanked), text{"Data pribadi dihapus", "Personal data deleted"}},
	{string(db.EventBackupMade), text{"Cadangan dibuat dan teruji", "Backup made and tested"}},
	{string(db.EventBackupFailed), text{"Cadangan gagal", "Backup failed"}},
	{string(db.EventBackupDownloaded), text{"Cadangan diunduh", "Backup downloaded"}},
	{string(db.EventRekeyed), text{"Cadangan dengan kunci lain dipulihkan", "Backup of another key restored"}},
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
		Page: s.page(v, "audit"), Kind: narrowing(v.lang, auditKinds, string(f.Kind)), From: dateOf(f.From), ExportHref: "/audit.csv?" + kept.Encode(), ExcelHref: "/audit.xlsx?" + kept.Encode(),
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

// factNames are the words for the keys of details; one of an unknown version
// keeps its own.
var factNames = map[string]text{
	"amount": {"jumlah", "amount"}, "received": {"diterima", "received"}, "reason": {"alasan", "reason"}, "method": {"cara", "method"}, "note": {"catatan", "note"},
	"staff": {"staf", "staff"}, "address": {"alamat", "address"}, "device": {"perangkat", "device"}, "name": {"nama", "name"}, "role": {"peran", "role"}, "email": {"email", "email"},
	"decision": {"keputusan", "decision"}, "number": {"nomor", "number"}, "digest": {"sidik jari", "digest"}, "codes": {"kode", "codes"}, "months": {"bulan", "months"},
	"file": {"berkas", "file"}, "events": {"catatan", "entries"}, "bytes": {"byte", "bytes"}, "failure": {"sebab gagal", "failure"}, "environment": {"lingkungan", "environment"},
	"client_id": {"Client ID", "Client ID"}, "secret_key": {"Secret Key", "Secret Key"}, "customer_name": {"nama pelanggan", "customer's name"}, "customer_email": {"email pelanggan", "customer's email"},
	"expires_in": {"berlaku, menit", "valid, minutes"}, "expires_at": {"berlaku sampai", "valid until"}, "info": {"baris info", "info line"}, "reusable": {"berkali-kali", "more than once"},
	"left": {"sisa", "left"}, "refusal": {"kata DOKU", "DOKU's words"}, "call": {"permintaan", "request"}, "status": {"status di DOKU", "status at DOKU"}, "answer": {"jawaban", "answer"},
	"warnings": {"yang berbeda", "what differs"}, "lines": {"baris", "lines"}, "matched": {"cocok", "match"}, "differs": {"jumlahnya berbeda", "differ in amount"},
	"unknown": {"tidak dikenal", "not known"}, "missing": {"tidak ada di berkas", "missing from the file"}, "entries": {"hal yang dicek", "entries"}, "count": {"perangkat", "devices"},
	"password": {"kata sandi", "password"}, "key": {"kunci", "key"}, "customer_phone": {"HP pelanggan", "customer's phone"},
	"payment_code": {"kode bayar", "payment code"}, "invoice_number": {"nomor invoice", "invoice number"}, "mode": {"jenis", "kind"}, "source": {"sumber", "source"}, "date": {"tanggal", "date"},
	"agent": {"jaringan gerai", "chain"}, "store": {"gerai", "store"}, "trx": {"transaksi", "transaction"}, "disabled": {"dinonaktifkan", "disabled"}, "till": {"kasir bersama", "till"},
	"wrong": {"yang salah", "what was wrong"}, "tries": {"percobaan ke", "try number"}, "failed": {"gagal sebelum ini", "failed before this"},
}

// factValues are the words for values that are none of people's own.
var factValues = map[string]text{
	"true": {"ya", "yes"}, "false": {"tidak", "no"}, "cash": {"tunai", "cash"}, "transfer": {"transfer", "transfer"}, "accept": {"diterima", "accepted"}, "aside": {"disisihkan", "set aside"},
	"notification": {"pemberitahuan DOKU", "DOKU's notification"}, "check": {"pengecekan", "a check"}, "changed": {"diganti", "changed"}, "kept": {"tetap", "kept"}, "password": {"kata sandi", "password"}, "totp": {"kode langkah kedua", "code of the second step"},
	"passkey": {"passkey", "passkey"}, "pin": {"PIN", "PIN"}, "disabled": {"akun dinonaktifkan", "the account is disabled"}, "removed": {"dihapus", "removed"}, "": {"kosong", "empty"}, "replay": {"putar ulang", "a replay"},
	"create": {"pembuatan kode", "making the code"}, "update": {"perubahan kode", "changing the code"}, "cancel": {"pembatalan kode", "cancelling the code"}, "success": {"kode diterima", "code accepted"},
}

// factsUnsaid are keys that are not written out: ids, and what the sentence of
// its event says.
var factsUnsaid = map[string]bool{"attention": true, "batch": true, "invite": true, "by": true, "deadlines": true, "shortened": true}

// factsTyped are keys whose values somebody wrote: what looks like a word of ours
// in them is none.
var factsTyped = map[string]bool{"name": true, "till": true, "customer_name": true, "reason": true, "note": true, "info": true, "file": true, "refusal": true, "warnings": true, "failure": true}

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
	d := download{"audit", ending, t("Catatan audit", "Audit log"), []any{
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

// harmless keeps a spreadsheet from running what somebody typed.
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
