package views

func alertRole(kind string) string {
	if kind == "error" || kind == "warning" {
		return "alert"
	}
	return "status"
}

func alertIcon(kind string) string {
	switch kind {
	case "success":
		return "done"
	case "error":
		return "refused"
	case "warning":
		return "warning"
	}
	return "info"
}

// or is text, or what stands in for it when it is empty.
func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
