package doku

import (
	"encoding/json"
	"net/url"
	"strings"
)

// HowToPay is what DOKU's how_to_pay_api tells a customer to do. No guide
// shows the shape; it is the one that DOKU's own shop plugins read. The texts
// are untrusted: they hold no control characters and are bounded, and must be
// escaped like anything typed by a stranger.
type HowToPay struct{ Instructions []Instruction }

// Instruction is one way to pay.
type Instruction struct {
	Channel string   // like ALFAMART
	Steps   []string // at least one, never empty, at most 500 characters each
}

const (
	maxInstructions = 10
	maxSteps        = 30
)

// parseHowToPay reads {"payment_instruction":[{"channel":"…","step":["…"]}]}.
// Instructions without steps are left out; none at all is an error.
func parseHowToPay(body []byte) (HowToPay, error) {
	var problem firstProblem
	doc := readObject(body, problem.fail)
	raw, _ := doc.raw("payment_instruction")
	var list []json.RawMessage
	if raw == nil {
		doc.bad("payment_instruction", ProblemMissing)
	} else if json.Unmarshal(raw, &list) != nil {
		doc.bad("payment_instruction", ProblemType)
	}

	var h HowToPay
	for _, item := range list[:min(len(list), maxInstructions)] {
		o := openObject("payment_instruction", item, problem.fail)
		var steps []string
		if raw, ok := o.raw("step"); ok && json.Unmarshal(raw, &steps) != nil {
			o.bad("step", ProblemType)
		}
		in := Instruction{Channel: o.text("channel")}
		for _, step := range steps[:min(len(steps), maxSteps)] {
			if step = strings.TrimSpace(oneLine(step)); step != "" {
				in.Steps = append(in.Steps, cut(step, maxMessageLength))
			}
		}
		if len(in.Steps) > 0 {
			h.Instructions = append(h.Instructions, in)
		}
	}
	if len(h.Instructions) == 0 {
		doc.bad("payment_instruction", ProblemMissing)
	}
	if err := problem.orNil(); err != nil {
		return HowToPay{}, err
	}
	return h, nil
}

// mayFetch reports whether u, which came in an answer, is an address that our
// server may call: DOKU's own domain over TLS, or where the API itself lives.
// Anything else would let an answer point us at the shop's own network.
func mayFetch(u, base *url.URL) bool {
	if !isWeb(u) {
		return false
	}
	sameHost := u.Hostname() == base.Hostname() || isLoopback(u.Hostname()) && isLoopback(base.Hostname())
	if sameHost && u.Port() == base.Port() && u.Scheme == base.Scheme {
		return true
	}
	host := strings.ToLower(u.Hostname())
	return u.Scheme == "https" && u.Port() == "" && (host == "doku.com" || strings.HasSuffix(host, ".doku.com"))
}
