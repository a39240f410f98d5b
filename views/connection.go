package views

// ConnectionPage is how the shop is connected to DOKU, /settings/doku. Its forms
// post environment, client_id, secret_key and prefix to
// /settings/doku/credentials; environment and which ("all" or "previous") to
// /settings/doku/forget; environment to /settings/doku/environment; and nothing
// to /settings/doku/test, /settings/doku/callbacks and /settings/doku/rehearsal.
type ConnectionPage struct {
	Page
	// Environment is the present one, ready text.
	Environment string
	Production  bool
	// FixedEnvironment, FixedCredentials and FixedPrefix name the variables that
	// decide, empty when none does.
	FixedEnvironment, FixedCredentials, FixedPrefix string
	// Sets are the credentials of each environment.
	Sets []CredentialSet
	// NotificationURL and InquiryURL are what is registered at DOKU, Request the
	// words that ask for it.
	NotificationURL, InquiryURL, Request string
	// CallbacksTested and Rehearsed are when, empty for never.
	CallbacksTested, Rehearsed string
	// Findings are those of a self-test just made.
	Findings []ProbeFinding
	// Missing are the steps that production waits for.
	Missing []string
	Problem string
}

// CredentialSet is the form of one environment.
type CredentialSet struct {
	Environment, Title          string
	Current                     bool // is in use
	ClientID, SecretKey, Prefix Field
	// Saved: there are some; Previous: the key before is still accepted.
	Saved, Previous bool
	// Tested is when they were last seen to work, empty for never.
	Tested  string
	Problem string
}

// ProbeFinding is one thing that the self-test saw.
type ProbeFinding struct {
	OK    bool
	Words string
}

// Checklist are the steps of setting up, on the owner's counter until all are
// done.
type Checklist struct {
	Done, Of int
	Open     bool // unfolded from the start
	Steps    []Step
}

// Step is one of them.
type Step struct {
	Done             bool
	Title, Why, Href string
}

func secretHint(lang Lang, saved bool) string {
	if saved {
		return lang.T("Tersimpan. Kosongkan bila tidak diganti; yang lama masih diterima sampai dilupakan.", "Saved. Leave it empty to keep it; the one before is still accepted until it is forgotten.")
	}
	return ""
}
