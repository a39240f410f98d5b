package views

// DiagnosticsPage is how the app is, /diagnostics.
type DiagnosticsPage struct {
	Page
	// Concerns are sentences about what somebody should look at.
	Concerns []string
	Groups   []DiagnosisGroup
	// Support is what may be sent to whoever helps: no names, numbers or keys.
	Support string
}

// DiagnosisGroup is some facts under a heading.
type DiagnosisGroup struct {
	Title string
	Facts []DiagnosisFact
}

// DiagnosisFact is one thing known, and what is said of it.
type DiagnosisFact struct {
	Label, Value, Note string
}
