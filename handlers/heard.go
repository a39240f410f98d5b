package handlers

import (
	"encoding/json"
	"strconv"

	"kodebayar/payments"
	"kodebayar/views"
)

// paidNews is what a page is told of a payment: the words to speak.
type paidNews struct {
	Say string `json:"say"`
}

// heardNews is the message of a payment in a language.
func heardNews(lang views.Lang, e payments.Event) (*news, error) {
	amount, _ := strconv.ParseInt(e.Detail["amount"], 10, 64) // our own writing
	data, err := json.Marshal(paidNews{lang.T("Lunas, ", "Paid, ") + lang.Spelled(amount)})
	if err != nil {
		return nil, err
	}
	return &news{seq: e.Seq, frame: message(e.Seq, views.EventPaidNow, data)}, nil
}
