package doku

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of what is sent, by the stricter guide. Texts are counted in
// characters.
const (
	MaxInvoice       = 64    // order.invoice_number, both guides
	MaxAmountDigits  = 12    // order.amount, both guides: less than a trillion rupiah
	MaxName          = 40    // customer.name: 64 on create, 40 on update (guide)
	MaxEmail         = 128   // customer.email, both guides
	MaxInfo          = 30    // online_to_offline_info.info: 30 (guide), 32 (Jokul guide)
	MaxFooter        = 120   // alfa_info.receipt.footer_message (Jokul guide)
	FooterLine       = 40    // one printed line of it (Jokul guide)
	FooterLines      = 3     // MaxFooter / FooterLine
	MaxExpiresIn     = 99999 // online_to_offline_info.expired_time, minutes, five digits, both guides
	MaxPaymentCode   = 20    // online_to_offline_info.payment_code made by the merchant (guide, MGPC and DIPC)
	MaxRequestID     = 128   // header Request-Id, both guides
	MaxInsuranceText = 64    // each text of insurance_info: the guide gives none, this one is ours
	MaxURL           = 255   // override_notification_url: the guide gives none, this one is ours

	maxAmount       = 999_999_999_999
	maxReceivedCode = 64 // longest payment code believed from DOKU, which promises no length
)

// Rule is a rule that a field of a request broke.
type Rule string

// The rules. Limit and Got of a [FieldError] are in the unit named here.
const (
	Missing      Rule = "missing"        // must not be empty or zero
	TooLong      Rule = "too_long"       // characters; of an amount, digits
	TooManyLines Rule = "too_many_lines" // printed lines of FooterLine characters
	NotPrintable Rule = "not_printable"  // a character the till cannot show; Got is its position, from 1
	TooSmall     Rule = "too_small"      // rupiah, minutes, percent: at least Limit
	TooLarge     Rule = "too_large"      // minutes; of settlement, percent or rupiah: at most Limit
	BadInvoice   Rule = "bad_invoice"    // only letters A-Z, digits, - and _
	NotDigits    Rule = "not_digits"     // a payment code is digits only
	BadEmail     Rule = "bad_email"
	BadURL       Rule = "bad_url" // an absolute http(s) address without query, fragment or password
	BadStatus    Rule = "bad_status"
	BadType      Rule = "bad_type"      // settlement is PERCENTAGE or FIX, one kind per code
	Repeated     Rule = "repeated"      // the same settlement account twice
	ReservedName Rule = "reserved_name" // additional data under a name DOKU uses itself
)

// FieldError is one field that breaks one rule. It carries no sentence: who
// shows it knows the reader's language.
type FieldError struct {
	Field string // the name of the form's field, like "customer_name"
	Rule  Rule
	Limit int // zero when the rule has none
	Got   int // what was given, in the unit of the rule
}

// FieldErrors are all broken rules of one request, in the order of the fields,
// at most one for each field. Empty means valid.
type FieldErrors []FieldError

// Error lists fields and rules for a log; it never repeats what was typed.
func (e FieldErrors) Error() string {
	var b strings.Builder
	b.WriteString("doku: invalid request")
	for i, f := range e {
		sep := ", "
		if i == 0 {
			sep = ": "
		}
		fmt.Fprintf(&b, "%s%s %s", sep, f.Field, f.Rule)
		if f.Limit != 0 {
			fmt.Fprintf(&b, " (%d, limit %d)", f.Got, f.Limit)
		}
	}
	return b.String()
}

// orNil is e as an error that is nil when nothing is wrong.
func (e FieldErrors) orNil() error {
	if len(e) == 0 {
		return nil
	}
	return e
}

func (e *FieldErrors) add(field string, rule Rule, limit, got int) {
	*e = append(*e, FieldError{Field: field, Rule: rule, Limit: limit, Got: got})
}

func (e *FieldErrors) invoice(s string) {
	const field = "invoice_number"
	switch n := utf8.RuneCountInString(s); {
	case s == "":
		e.add(field, Missing, 0, 0)
	case n > MaxInvoice:
		e.add(field, TooLong, MaxInvoice, n)
	case strings.ContainsFunc(s, func(r rune) bool { return !isInvoiceRune(r) }):
		// The guides allow "special chars" without a list, and the invoice is
		// part of the signed path of a status check: nothing that a URL would
		// escape is safe.
		e.add(field, BadInvoice, 0, 0)
	}
}

func isInvoiceRune(r rune) bool {
	return 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' || isDigit(r) || r == '-' || r == '_'
}

func isDigit(r rune) bool { return '0' <= r && r <= '9' }

func (e *FieldErrors) amount(rupiah int64) {
	switch {
	case rupiah == 0:
		e.add("amount", Missing, 1, 0)
	case rupiah < 0:
		e.add("amount", TooSmall, 1, int(rupiah))
	case rupiah > maxAmount:
		e.add("amount", TooLong, MaxAmountDigits, len(strconv.FormatInt(rupiah, 10)))
	}
}

func (e *FieldErrors) expiresIn(minutes int) {
	switch {
	case minutes < 1:
		e.add("expires_in", TooSmall, 1, minutes)
	case minutes > MaxExpiresIn:
		e.add("expires_in", TooLarge, MaxExpiresIn, minutes)
	}
}

func (e *FieldErrors) merchantCode(s string) {
	const field = "payment_code"
	switch n := utf8.RuneCountInString(s); {
	case n > MaxPaymentCode:
		e.add(field, TooLong, MaxPaymentCode, n)
	case strings.ContainsFunc(s, func(r rune) bool { return !isDigit(r) }):
		e.add(field, NotDigits, 0, 0)
	}
}

// receivedCode is a code in DOKU's or the store's own words: nothing says that
// it has only digits.
func (e *FieldErrors) receivedCode(s string) {
	const field = "payment_code"
	switch {
	case s == "":
		e.add(field, Missing, 0, 0)
	case len(s) > maxReceivedCode:
		e.add(field, TooLong, maxReceivedCode, len(s))
	case !isCode(s):
		e.add(field, NotPrintable, 0, 0)
	}
}

// isCode reports whether s could be typed at a till: visible ASCII, no spaces.
func isCode(s string) bool {
	visible := func(r rune) bool { return '!' <= r && r <= '~' }
	return s != "" && len(s) <= maxReceivedCode &&
		!strings.ContainsFunc(s, func(r rune) bool { return !visible(r) })
}

func (e *FieldErrors) required(field, s string, limit int) {
	if s == "" {
		e.add(field, Missing, limit, 0)
		return
	}
	e.optional(field, s, limit)
}

func (e *FieldErrors) optional(field, s string, limit int) {
	if n := utf8.RuneCountInString(s); n > limit {
		e.add(field, TooLong, limit, n)
	} else if at := unprintable(s); at > 0 {
		e.add(field, NotPrintable, 0, at)
	}
}

// unprintable is the position, from 1, of the first character that a till
// could not show, or zero. Letters of any alphabet pass; control characters,
// broken UTF-8 and pictograms do not. What remains is one UTF-16 unit each, so
// that DOKU counts lengths as we do.
func unprintable(s string) int {
	at := 0
	for _, r := range s { // broken UTF-8 arrives as U+FFFD, a pictogram
		at++
		if !unicode.IsPrint(r) || r > 0xFFFF || unicode.Is(unicode.So, r) {
			return at
		}
	}
	return 0
}

func (e *FieldErrors) email(s string) {
	const field = "customer_email"
	if s == "" {
		return
	}
	local, domain, found := strings.Cut(s, "@")
	switch n := utf8.RuneCountInString(s); {
	case n > MaxEmail:
		e.add(field, TooLong, MaxEmail, n)
	case !found || local == "" || domain == "" || strings.Contains(domain, "@"),
		strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }):
		e.add(field, BadEmail, 0, 0)
	}
}

func (e *FieldErrors) footer(s string) {
	const field = "footer_message"
	lines, n := wrap(s), utf8.RuneCountInString(s)
	switch {
	case len(lines) > FooterLines && n > MaxFooter:
		e.add(field, TooLong, MaxFooter, n)
	case len(lines) > FooterLines:
		e.add(field, TooManyLines, FooterLines, len(lines))
	default:
		// No guide states the printer's characters, so only ASCII is sent.
		at := 0
		for _, r := range s {
			at++
			if (r < ' ' || r > '~') && r != '\n' && r != '\r' {
				e.add(field, NotPrintable, 0, at)
				return
			}
		}
	}
}

func (e *FieldErrors) insurance(i *Insurance) {
	if i == nil {
		return
	}
	e.optional("policy_type", i.PolicyType, MaxInsuranceText)
	e.optional("policy_number", i.PolicyNumber, MaxInsuranceText)
	e.optional("policy_account_name", i.PolicyAccountName, MaxInsuranceText)
	e.optional("policy_status", i.PolicyStatus, MaxInsuranceText)
}

// settlement checks shares for sense. Whether percentages must total 100 is
// not documented; more than 100, or fixed shares beyond the amount, never work.
func (e *FieldErrors) settlement(shares []Settlement, amount int64) {
	const field = "settlement_preset"
	var sum int64
	seen := map[string]bool{}
	for _, s := range shares {
		limit := int64(100)
		if s.Type == Fix {
			limit = amount
		}
		sum += min(s.Value, maxAmount) // cannot overflow
		switch {
		case s.AccountID == "":
			e.add(field, Missing, 0, 0)
		case len(s.AccountID) > MaxInvoice:
			e.add(field, TooLong, MaxInvoice, len(s.AccountID))
		case !isCode(s.AccountID):
			e.add(field, NotPrintable, 0, 0)
		case seen[s.AccountID]:
			e.add(field, Repeated, 0, 0)
		case s.Type != Percentage && s.Type != Fix, s.Type != shares[0].Type:
			e.add(field, BadType, 0, 0)
		case s.Value < 1:
			e.add(field, TooSmall, 1, int(s.Value))
		case sum > limit:
			e.add(field, TooLarge, int(limit), int(sum))
		default:
			seen[s.AccountID] = true
			continue
		}
		return
	}
}

func (e *FieldErrors) overrideURL(s string) {
	const field = "override_notification_url"
	if s == "" {
		return
	}
	u, err := url.Parse(s)
	switch {
	case len(s) > MaxURL:
		e.add(field, TooLong, MaxURL, len(s))
	case err != nil || !isWeb(u) || u.RawQuery != "" || u.ForceQuery || u.Fragment != "",
		unprintable(s) > 0:
		// DOKU signs the path alone; a query would not be covered.
		e.add(field, BadURL, 0, 0)
	}
}

// isWeb reports whether u is an absolute web address without credentials.
func isWeb(u *url.URL) bool {
	return (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil
}
