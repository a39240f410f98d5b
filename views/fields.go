package views

import (
	"strconv"
	"strings"

	"github.com/a-h/templ"
)

// input is how a field is drawn; Field is what is in it.
type input struct {
	Lang         Lang
	Name         string // the form field
	ID           string // "f-" and the name when empty
	Type         string // "text" when empty
	Label        string
	Hint         string
	Optional     bool
	Field        Field
	Autocomplete string
	InputMode    string
	Autofocus    bool
	Key          string // that enters it; app.js
	// Max is how many letters fit, 0 for no limit; Over says why no more.
	Max  int
	Over string
	// List are suggestions.
	List []string
	// Rows above 1 make it a text area.
	Rows int
	// Keep: what is typed survives when the part around it is replaced live.
	Keep bool
	// Lines is how many printed lines of 40 letters there is room for, 0 for
	// no limit.
	Lines int
}

func (i input) id() string { return or(i.ID, "f-"+i.Name) }

// describedBy lists the ids of all that explains the field.
func (i input) describedBy() string {
	var ids []string
	if i.Field.Error != "" {
		ids = append(ids, i.id()+"-error")
	}
	if i.over() {
		ids = append(ids, i.id()+"-over")
	}
	if i.Hint != "" {
		ids = append(ids, i.id()+"-hint")
	}
	return strings.Join(ids, " ")
}

// over: the sentence for too many letters stands ready, unless the server has
// already said something about the field.
func (i input) over() bool { return i.Over != "" && i.Field.Error == "" }

func (i input) attributes() templ.OrderedAttributes {
	var a templ.OrderedAttributes
	set := func(name string, value any) { a = append(a, templ.KV(name, value)) }
	set("id", i.id())
	set("name", i.Name)
	if i.Rows > 1 {
		set("rows", strconv.Itoa(i.Rows))
	} else {
		set("type", or(i.Type, "text"))
		set("value", i.Field.Value)
	}
	if !i.Optional {
		set("required", true)
	}
	if i.Autocomplete != "" {
		set("autocomplete", i.Autocomplete)
	}
	if i.InputMode != "" {
		set("inputmode", i.InputMode)
	}
	if i.Keep {
		set("hx-preserve", true)
	}
	if i.Autofocus {
		set("autofocus", true)
	}
	if i.Key != "" {
		set("aria-keyshortcuts", i.Key)
	}
	if len(i.List) > 0 {
		set("list", i.id()+"-list")
	}
	if i.Field.Error != "" {
		set("aria-invalid", "true")
	}
	if by := i.describedBy(); by != "" {
		set("aria-describedby", by)
	}
	return a
}

// draftNote is one of draftNotes: name is that of its mark.
type draftNote struct{ name, kind, text string }

func (l Lang) draftNotes(once bool) []draftNote {
	offline := l.T("Tidak ada jaringan. Isian Anda masih di sini; begitu ada sinyal, ", "There is no network. What you entered is still here; when there is a signal, ")
	unable := l.T("Layanan sedang sibuk. Isian Anda masih di sini; sebentar lagi ", "The service is busy. What you entered is still here; in a moment ")
	again := l.T("lihat dulu apakah sudah tersimpan, baru tekan lagi.", "see first whether it is stored, then press again.")
	sent := l.T("Isian ini sudah dikirim, tetapi belum tentu tersimpan. Lihat dulu riwayat kodenya.", "This was sent, but may not be stored. Look at the history of the code first.")
	if once {
		again = l.T("tekan lagi, kode tidak akan dobel.", "press again, the code will not be doubled.")
		sent = l.T("Isian ini sudah dikirim, tetapi jawabannya tidak datang. Tekan sekali lagi, kode tidak akan dobel.", "This was sent, but no answer came. Press once more, the code will not be doubled.")
	}
	return []draftNote{
		{"offline", "warning", offline + again},
		{"unable", "warning", unable + again},
		{"restored", "info", l.T("Isian yang belum dikirim tadi dikembalikan.", "What was entered before and not sent is back.")},
		{"sent", "info", sent},
	}
}
