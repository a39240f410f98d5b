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

// heard are the messages of payments in a language, made once for all who hear
// them.
func (s *Server) heard(lang views.Lang, paid []payments.Event, made map[views.Lang][]*news) []*news {
	if list, ok := made[lang]; ok || len(paid) == 0 {
		return list
	}
	var list []*news
	for _, e := range paid {
		amount, _ := strconv.ParseInt(e.Detail["amount"], 10, 64) // our own writing
		data, err := json.Marshal(paidNews{lang.T("Lunas, ", "Paid, ") + lang.Spelled(amount)})
		if err != nil {
			continue
		}
		list = append(list, &news{seq: e.Seq, frame: message(e.Seq, views.EventPaidNow, data)})
	}
	made[lang] = list
	return list
}
