package simulator

import (
	"net/http"
	"strings"
)

// refusal is an answer that is not a success. DOKU has three JSON shapes for it.
type refusal struct {
	status        int
	code, message string
	shape         string
}

const (
	shapeError    = "error"          // {"error":{"code","message","type"}}: the gateway, and what VA and O2O clients read
	shapeMessage  = "message"        // {"message":["…"]}: seen from Checkout
	shapeMessages = "error_messages" // {"error_messages":["…"]}: documented for Checkout
)

func (r *refusal) body() []byte {
	switch r.shape {
	case shapeMessage:
		return compactJSON(struct {
			Message []string `json:"message"`
		}{[]string{r.message}})
	case shapeMessages:
		return compactJSON(struct {
			Messages []string `json:"error_messages"`
		}{strings.Split(r.message, ", ")})
	}
	type detail struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		Type    string `json:"type"`
	}
	return compactJSON(struct {
		Error detail `json:"error"`
	}{detail{r.code, r.message, "invalid_request_error"}})
}

func refuse(status int, code, message string) *refusal {
	return &refusal{status: status, code: code, message: message, shape: shapeError}
}

// invalid answers breaches of the field tables. What DOKU answers for the direct payment-code API is
// not documented; the shape is the one clients of that API read, the words are Checkout's.
func invalid(problems []string) *refusal {
	return refuse(http.StatusBadRequest, "invalid_parameter", strings.Join(problems, ", "))
}
