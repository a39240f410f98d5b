package handlers

import (
	"fmt"
	"net"
	"net/http"
	"runtime"
	"strings"
	"time"

	"kodebayar/db"
	"kodebayar/views"
)

// diagnostics is how the app is, for those who can mend it.
func (s *Server) diagnostics(v *visit) error {
	g, err := s.Store.Diagnose(v.ctx())
	if err == nil && s.Certificate != "" {
		err = DiagnoseCertificate(v.ctx(), s.Store, s.Certificate, &g)
	}
	if err != nil {
		return err
	}
	p := views.DiagnosticsPage{Page: s.page(v, "diagnostics"), Groups: s.factsAbout(v, g), Support: s.support(v, g)}
	for _, c := range g.Concerns(s.Now()) {
		p.Concerns = append(p.Concerns, s.concern(c, g).in(v.lang))
	}
	if !s.Service.Ready() {
		p.Concerns = append(p.Concerns, v.lang.T(
			"Kredensial DOKU belum diisi, jadi kode tidak bisa dibuat.",
			"The credentials at DOKU are not set, so no codes can be made."))
	}
	if w := s.proxyConcern(v.Request()); w != (text{}) {
		p.Concerns = append(p.Concerns, w.in(v.lang))
	}
	return s.render(v, http.StatusOK, views.Diagnostics(p))
}

// factsAbout are the groups of the page.
func (s *Server) factsAbout(v *visit, g db.Diagnosis) []views.DiagnosisGroup {
	t, cal := v.lang.T, s.calendar(v.lang)
	when := func(at time.Time) string {
		if at.IsZero() {
			return t("Belum ada", "None yet")
		}
		return cal.moment(at)
	}
	clock := views.DiagnosisFact{Label: t("Jam", "Clock"), Value: t("Belum diketahui: DOKU belum menjawab.", "Not known: DOKU has not answered yet.")}
	if !g.Answered.IsZero() {
		clock.Value, clock.Note = s.skew(g.Ahead).in(v.lang), t("Menurut jawaban DOKU ", "By DOKU's answer of ")+cal.moment(g.Answered)
	}
	disk := views.DiagnosisFact{Label: t("Sisa disk", "Disk left"), Value: t("Milik server PostgreSQL", "The PostgreSQL server's")}
	if g.Disk > 0 {
		disk.Value = bytesOf(g.Free) + t(" dari ", " of ") + bytesOf(g.Disk)
	}
	checked := views.DiagnosisFact{Label: t("Isi diperiksa", "Contents checked"), Value: when(g.Backup.At), Note: t(
		"Halaman, jumlah uang dan rantai catatan diperiksa pada tiap cadangan. Lebih segera: kodebayar doctor",
		"Pages, sums and the log's chain are checked with each backup. Sooner: kodebayar doctor")}
	backup := views.DiagnosisFact{Label: t("Terakhir", "The last"), Value: when(g.Backup.At)}
	if g.Backup.Name != "" {
		backup.Note = t("Teruji · ", "Tested · ") + bytesOf(g.Backup.Size) + " · " + grouped(g.Backup.Events) + t(" catatan", " entries")
	}
	scheme, _ := seenScheme(v.Request())
	address := []views.DiagnosisFact{
		{Label: t("Untuk umum", "Public"), Value: s.PublicURL.String()},
		{Label: t("Dilihat di sini", "Seen here"), Value: scheme + ", " + v.Request().Host},
		{Label: t("Alamat Anda", "Your address"), Value: v.RealIP(), Note: t(
			"Kalau ini alamat proxy, isi KODEBAYAR_TRUSTED_PROXIES.", "If it is the proxy's, set KODEBAYAR_TRUSTED_PROXIES.")},
	}
	if s.Certificate != "" {
		address = append(address, views.DiagnosisFact{Label: t("Sertifikat sampai", "Certificate until"), Value: when(g.CertificateEnds)})
	}
	return []views.DiagnosisGroup{
		{Title: "DOKU", Facts: []views.DiagnosisFact{
			clock,
			{Label: t("Panggilan masuk", "Callbacks"), Value: when(g.Verified), Note: t("Yang terakhir dengan tanda tangan benar", "The last one rightly signed")},
			{Label: t("Panggilan terakhir", "The last callback"), Value: when(g.Heard), Note: t("Tanda tangannya benar atau tidak", "Whether its signature was right or not")},
		}},
		{Title: t("Basis data", "Database"), Facts: []views.DiagnosisFact{
			{Label: t("Jenis", "Kind"), Value: map[string]string{"sqlite": "SQLite", "postgres": "PostgreSQL"}[g.Engine] + t(", versi ", ", version ") + fmt.Sprint(g.Version)},
			{Label: t("Ukuran", "Size"), Value: bytesOf(g.Size)},
			disk,
			{Label: t("Catatan", "Log"), Value: grouped(g.Events) + t(" catatan", " entries")},
			checked,
		}},
		{Title: t("Cadangan", "Backups"), Facts: []views.DiagnosisFact{backup}},
		{Title: t("Alamat", "Address"), Facts: address},
		{Title: t("Program", "Program"), Facts: []views.DiagnosisFact{
			{Label: t("Versi", "Version"), Value: s.Version}, {Label: "Go", Value: runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH},
		}},
	}
}

func (s *Server) skew(ahead time.Duration) text {
	switch n := ahead.Abs().Round(time.Second).String(); {
	case ahead.Abs() <= 2*time.Second:
		return text{"Sama dengan jam DOKU", "The same as DOKU's"}
	case ahead > 0:
		return text{"Terlambat " + n + " dari DOKU", n + " behind DOKU's"}
	default:
		return text{"Mendahului DOKU " + n, n + " ahead of DOKU's"}
	}
}

// concern is the sentence for what somebody should look at.
func (s *Server) concern(c db.Concern, g db.Diagnosis) text {
	switch c {
	case db.DiskNearlyFull:
		return text{
			"Disk hampir penuh: tinggal " + bytesOf(g.Free) + ". Kalau habis, pembayaran tidak bisa dicatat.",
			"The disk is nearly full: " + bytesOf(g.Free) + " are left. When it is full, payments cannot be stored.",
		}
	case db.CertificateOld:
		return text{
			"Sertifikat TLS habis " + s.calendar(views.Indonesian).moment(g.CertificateEnds) + " dan belum diperpanjang. Sebabnya ada di log.",
			"The TLS certificate ends " + s.calendar(views.English).moment(g.CertificateEnds) + " and was not renewed. The log says why.",
		}
	case db.BackupFailed:
		return text{
			"Cadangan terakhir gagal. Sebabnya ada di halaman Cadangan; dicoba lagi tiap jam.",
			"The last backup failed. The page Backups says why; it is tried again each hour.",
		}
	case db.NoBackup:
		return text{"Belum ada cadangan. Buat satu di halaman Cadangan.", "There is no backup yet. Make one on the page Backups."}
	case db.BackupOld:
		return text{"Cadangan terakhir sudah lebih dari sehari.", "The last backup is more than a day old."}
	case db.ClockOff:
		return text{
			"Jam server ini salah: " + s.skew(g.Ahead).id + ". Nyalakan NTP.",
			"This server's clock is wrong: " + s.skew(g.Ahead).en + ". Turn NTP on.",
		}
	}
	return text{}
}

// seenScheme is how the visitor's connection looks from here, and whether a
// proxy says so.
func seenScheme(r *http.Request) (scheme string, proxied bool) {
	if r.TLS != nil {
		return "https", false
	}
	first, _, _ := strings.Cut(r.Header.Get("X-Forwarded-Proto"), ",")
	switch first = strings.ToLower(strings.TrimSpace(first)); first {
	case "http", "https":
		return first, true
	}
	return "http", false
}

// proxyConcern says what is odd about the way this request came.
func (s *Server) proxyConcern(r *http.Request) text {
	scheme, proxied := seenScheme(r)
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	switch {
	case s.https() && scheme != "https" && proxied:
		return text{
			"Alamat umum memakai https, tetapi permintaan ini datang lewat http. Arahkan http ke https di proxy.",
			"The public address is https, but this request came by http. Have the proxy lead http to https.",
		}
	case r.Header.Get("X-Forwarded-For") != "" && len(s.TrustedProxies) == 0:
		who := "proxy"
		if err == nil {
			who = host
		}
		return text{
			"Ada proxy di depan aplikasi ini yang tidak dipercaya, jadi semua orang tampak beralamat sama. Isi KODEBAYAR_TRUSTED_PROXIES=" + who + ".",
			"A proxy in front of this app is not trusted, so everybody seems to have one address. Set KODEBAYAR_TRUSTED_PROXIES=" + who + ".",
		}
	}
	return text{}
}

// support is a text for whoever helps: nothing in it names a person, the shop,
// an address or a key.
func (s *Server) support(v *visit, g db.Diagnosis) string {
	var b strings.Builder
	now := s.Now()
	line := func(name, value string) { fmt.Fprintf(&b, "%-14s %s\n", name, value) }
	ago := func(at time.Time) string {
		if at.IsZero() {
			return "none"
		}
		return now.Sub(at).Round(time.Minute).String() + " ago"
	}
	clock := "unknown"
	if !g.Answered.IsZero() {
		clock = fmt.Sprintf("DOKU %s ahead, %s", g.Ahead, ago(g.Answered))
	}
	scheme, proxied := seenScheme(v.Request())
	line("kodebayar", s.Version)
	line("system", runtime.Version()+" "+runtime.GOOS+"/"+runtime.GOARCH)
	line("environment", string(s.Service.Environment))
	line("credentials", map[bool]string{true: "set", false: "not set"}[s.Service.Ready()])
	line("database", fmt.Sprintf("%s version %d, %s, %d events", g.Engine, g.Version, bytesOf(g.Size), g.Events))
	line("disk", fmt.Sprintf("%s free of %s", bytesOf(g.Free), bytesOf(g.Disk)))
	line("clock", clock)
	line("callback", "verified "+ago(g.Verified)+", any "+ago(g.Heard))
	line("backup", fmt.Sprintf("%s, %s", ago(g.Backup.At), bytesOf(g.Backup.Size)))
	line("public url", s.PublicURL.Scheme+fmt.Sprintf(", seen %s, by proxy %v, trusted proxies %d", scheme, proxied, len(s.TrustedProxies)))
	if s.Certificate != "" {
		ends := "none"
		if !g.CertificateEnds.IsZero() {
			ends = "ends in " + g.CertificateEnds.Sub(now).Round(time.Hour).String()
		}
		line("certificate", ends)
	}
	line("zone", s.Zone.String())
	var concerns []string
	for _, c := range g.Concerns(now) {
		concerns = append(concerns, string(c))
	}
	if len(concerns) == 0 {
		concerns = []string{"none"}
	}
	line("concerns", strings.Join(concerns, ", "))
	return b.String()
}
