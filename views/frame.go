package views

import (
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// htmxConfig: a 422 carries the form with its messages and must be shown; no
// page is kept in the browser, where the next person at the till would find
// it; nothing may need eval or inline style, which the content policy forbids.
// Back loads the page anew: put in the place of the body, as htmx would do it,
// it opens a stream beside the one there is.
//
// What has replaced itself must hear the next message of the stream at once.
// By its own default htmx makes it listen 20 ms later, in a timer that a busy
// phone runs even later, and what the stream says meanwhile is heard by nobody.
const htmxConfig = `{"refreshOnHistoryMiss":true,"historyCacheSize":0,"allowEval":false,"includeIndicatorStyles":false,"defaultSettleDelay":0,` +
	`"responseHandling":[{"code":"204","swap":false},{"code":"[23]..","swap":true},{"code":"422","swap":true},{"code":"[45]..","swap":false,"error":true}]}`

// Scripts by page. live pages need htmx and its stream.
var (
	plainScripts   = []string{"app.js", "forms.js"}
	counterScripts = []string{"app.js", "forms.js", "counter.js", "htmx.js", "sse.js", "live.js", "heard.js"}
	newCodeScripts = []string{"app.js", "forms.js", "counter.js"}
	listScripts    = []string{"app.js", "forms.js", "htmx.js", "sse.js", "live.js", "heard.js"}
	passkeyScripts = []string{"app.js", "forms.js", "passkeys.js"}
	pinScripts     = []string{"app.js", "forms.js", "pin.js"}
	copyScripts    = []string{"app.js", "forms.js", "copy.js"}
	checkScripts   = []string{"app.js", "forms.js", "check.js"}
	codeScripts    = []string{"app.js", "forms.js", "copy.js", "htmx.js", "sse.js", "live.js"}
)

// navNames are the words of the navigation by key, first the full one.
var navNames = map[string][2]string{
	"counter":      {"Kasir", "Counter"},
	"transactions": {"Transaksi", "Transactions"},
	"check":        {"Cek bukti", "Check proof"},
	"exchanges":    {"Riwayat DOKU", "Exchanges"},
	"reports":      {"Laporan", "Reports"},
	"closings":     {"Rekap shift", "Shift recap"},
	"staff":        {"Staf", "Staff"},
	"audit":        {"Catatan audit", "Audit log"},
	"diagnostics":  {"Diagnostik", "Diagnostics"},
	"settings":     {"Pengaturan", "Settings"},
	"account":      {"Akun saya", "My account"},
}

// longestPaste is what a search box holds: enough for the server to tell that it
// is too much, and less than an address may have.
const longestPaste = "1000"

// navKeys are the keys that open a page.
var navKeys = map[string]string{"counter": "n", "transactions": "t", "check": "b", "reports": "r"}

// key is one that does something, for the list of them.
type key struct{ key, does string }

// keyGroup are the keys of one place.
type keyGroup struct {
	place string
	keys  []key
}

func (l Lang) keys() []keyGroup {
	return []keyGroup{
		{l.T("Di mana saja", "Anywhere"), []key{
			{"/", l.T("Cari", "Search")},
			{"n", l.T("Kasir: kode baru", "Counter: a new code")},
			{"t", l.T("Transaksi", "Transactions")},
			{"b", l.T("Cek bukti", "Check proof")},
			{"r", l.T("Laporan", "Reports")},
			{"o", l.T("Ke daftar kode", "To the list of codes")},
			{"v", l.T("Suara", "Sound")},
			{"Esc", l.T("Keluar dari isian", "Leave a field")},
			{"?", l.T("Daftar ini", "This list")},
		}},
		{l.T("Di kasir", "At the counter"), []key{
			{"j", l.T("Jumlah", "Amount")},
			{"a", l.T("Nama", "Name")},
			{"w", l.T("Masa berlaku", "Valid for")},
			{"h", l.T("HP", "Phone")},
			{"g", l.T("Catatan", "Note")},
			{"l", l.T("Lainnya", "More")},
			{"u", l.T("Banyak kode dari berkas", "Many codes from a file")},
			{"↵", l.T("Buat kode", "Make code")},
		}},
		{l.T("Di halaman kode", "On a code's page"), []key{
			{"c", l.T("Salin kode", "Copy the code")},
			{"s", l.T("Kirim ke WhatsApp", "Send to WhatsApp")},
			{"i", l.T("Salin pesan", "Copy the message")},
			{"p", l.T("Cetak slip", "Print the slip")},
			{"l", l.T("Salin tautan", "Copy the link")},
			{"h", l.T("Halaman pelanggan", "The customer's page")},
			{"k", l.T("Cek status sekarang", "Check the status now")},
			{"e", l.T("Ubah", "Change")},
			{"x", l.T("Batalkan", "Cancel")},
			{"d", l.T("Catat penyerahan", "Record the handover")},
			{"u", l.T("Catat pengembalian", "Record a refund")},
			{"m", l.T("Buat kode serupa", "Make a code like it")},
			{"g", l.T("Tambah catatan", "Add a note")},
		}},
	}
}

func (l Lang) navName(key string) string {
	names, ok := navNames[key]
	if !ok {
		return key
	}
	return l.T(names[0], names[1])
}

// RoleName is the word for a role.
func (l Lang) RoleName(role string) string {
	switch role {
	case "owner":
		return l.T("Pemilik", "Owner")
	case "manager":
		return l.T("Manajer", "Manager")
	case "cashier":
		return l.T("Kasir", "Cashier")
	case "accountant":
		return l.T("Keuangan", "Accountant")
	}
	return role
}

// withLang is the page's own address in the other language.
func withLang(path, lang string) string {
	u, err := url.Parse(path)
	if err != nil {
		return "?lang=" + lang
	}
	q := u.Query()
	q.Set("lang", lang)
	u.RawQuery = q.Encode()
	return u.String()
}

// initial is the letter in the round mark of a member.
func initial(name string) string {
	r, size := utf8.DecodeRuneInString(strings.TrimSpace(name))
	if size == 0 {
		return "?"
	}
	return strings.ToUpper(string(r))
}

// firstFour and theRest split the navigation for the bar of a phone.
func firstFour(nav []NavItem) []NavItem { return nav[:min(4, len(nav))] }

func theRest(nav []NavItem) []NavItem { return nav[min(4, len(nav)):] }

// mayOpen tells whether the reader's navigation has a page.
func (p Page) mayOpen(key string) bool {
	return p.Member != nil && slices.ContainsFunc(p.Member.Nav, func(item NavItem) bool { return item.Key == key })
}
