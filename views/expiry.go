package views

type chip struct {
	value, label string
	checked      bool
}

// chips offers four lifetimes, and the present one too when it is none of
// them. Nothing chosen means the first.
func chips(lang Lang, minutes string) []chip {
	out := []chip{
		{value: "60", label: lang.T("1 jam", "1 hour")},
		{value: "180", label: lang.T("3 jam", "3 hours")},
		{value: "1440", label: lang.T("24 jam", "24 hours")},
		{value: "4320", label: lang.T("3 hari", "3 days")},
	}
	for i := range out {
		if out[i].value == or(minutes, "60") {
			out[i].checked = true
			return out
		}
	}
	return append(out, chip{value: minutes, label: minutes + lang.T(" menit", " minutes"), checked: true})
}
