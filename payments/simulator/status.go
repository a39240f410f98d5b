package simulator

import (
	"net/http"
	"strconv"
)

type named struct {
	ID string `json:"id"`
}

type identifier struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type identifiers struct {
	Identifier []identifier `json:"identifier"`
}

// statusAnswer follows the Alfa sample of the Check Status page: a reusable_status in quotes, no
// payment code, and the invoice where the notification has the Request-Id.
type statusAnswer struct {
	Order struct {
		InvoiceNumber string `json:"invoice_number"`
		Amount        int64  `json:"amount"`
	} `json:"order"`
	Transaction struct {
		Status            string `json:"status"`
		Date              string `json:"date"`
		OriginalRequestID string `json:"original_request_id"`
	} `json:"transaction"`
	Service  named `json:"service"`
	Acquirer named `json:"acquirer"`
	Channel  named `json:"channel"`
	Info     struct {
		CreatedDate    string `json:"created_date"`
		ExpiredDate    string `json:"expired_date"`
		ReusableStatus string `json:"reusable_status"`
	} `json:"online_to_offline_info"`
	Payment *identifiers     `json:"online_to_offline_payment,omitempty"`
	More    *codeAnswerExtra `json:"additional_info,omitempty"`
}

// checkStatus tells how an order stands, by invoice number or by the Request-Id of its create call.
// A reusable code reports its latest payment; a cancelled one is EXPIRED. Both are guesses: DOKU
// documents neither.
func checkStatus(c *call, st *state) ([]byte, *refusal) {
	code := st.newestByOrder(c.id)
	if code == nil || st.fires(faultStatusNotFound, c.op) != nil {
		return nil, refuse(http.StatusNotFound, "data_not_found", "DATA NOT FOUND")
	}
	var a statusAnswer
	a.Order.InvoiceNumber, a.Order.Amount = code.Invoice, code.Amount
	a.Transaction.OriginalRequestID = code.Invoice
	a.Service.ID, a.Acquirer.ID, a.Channel.ID = serviceID, acquirerID, channelID
	a.Info.CreatedDate, a.Info.ExpiredDate = localDate(code.CreatedAt), localDate(code.ExpiresAt)
	a.Info.ReusableStatus = strconv.FormatBool(code.Reusable)
	if code.OverrideURL != "" {
		a.More = &codeAnswerExtra{code.OverrideURL}
	}
	a.Transaction.Date = timestamp(code.CreatedAt)
	paid := len(code.Payments) > 0
	switch {
	case paid && st.fires(faultStatusPending, c.op) != nil:
		a.Transaction.Status = "PENDING"
	case paid:
		last := code.Payments[len(code.Payments)-1]
		a.Transaction.Status, a.Transaction.Date = "SUCCESS", timestamp(last.Date)
		a.Order.Amount = last.Amount
		a.Payment = &identifiers{last.identifiers()}
	case code.status(c.now) == statusActive:
		a.Transaction.Status = "PENDING"
	default:
		a.Transaction.Status = "EXPIRED"
	}
	if st.fires(faultWrongEcho, c.op) != nil {
		a.Order.InvoiceNumber += wrongEcho
	}
	return compactJSON(a), nil
}
