package simulator

import (
	"encoding/json"
	"strconv"
)

// notification is DOKU's HTTP Notification for the Alfa channel. Amount is raw because it is seen
// as 150000, as 150000.00 and as "150000.00".
type notification struct {
	Service     named `json:"service"`
	Acquirer    named `json:"acquirer"`
	Channel     named `json:"channel"`
	Transaction struct {
		Status            string `json:"status"`
		Date              string `json:"date"`
		OriginalRequestID string `json:"original_request_id"`
	} `json:"transaction"`
	Order struct {
		InvoiceNumber string          `json:"invoice_number"`
		Amount        json.RawMessage `json:"amount"`
	} `json:"order"`
	Info    paymentInfo     `json:"online_to_offline_info"`
	Payment identifiers     `json:"online_to_offline_payment"`
	More    json.RawMessage `json:"additional_info,omitempty"`

	// Keys of the form "extra": none is known, which is the point.
	Customer *struct {
		Name string `json:"name"`
	} `json:"customer,omitempty"`
	Unknown json.RawMessage `json:"x_unknown,omitempty"`
}

// form is how a notification is written. The zero form is the one captured from the wild: two
// spaces of indent, amounts with .00.
type form struct {
	compact, stringAmount, extra, escaped bool
}

func (p payment) identifiers() []identifier {
	return []identifier{
		{"AGENT_ID", p.Agent},
		{"AGENT_STORE_ID", p.Store},
		{"AGENT_TRX_ID", p.Trx},
	}
}

func notificationBody(status string, c *paymentCode, p payment, as form) []byte {
	var n notification
	n.Service.ID, n.Acquirer.ID, n.Channel.ID = serviceID, acquirerID, channelID
	n.Transaction.Status = status
	n.Transaction.Date = timestamp(p.Date)
	n.Transaction.OriginalRequestID = c.RequestID
	n.Order.InvoiceNumber = c.Invoice
	amount := strconv.FormatInt(p.Amount, 10)
	if !as.compact || as.stringAmount {
		amount += ".00"
	}
	if as.stringAmount {
		amount = `"` + amount + `"`
	}
	n.Order.Amount = json.RawMessage(amount)
	n.Info.PaymentCode = c.Number
	n.Payment.Identifier = p.identifiers()
	if c.Mode == modeDIPC {
		n.More = c.Additional
	} else if c.OverrideURL != "" {
		n.More = compactJSON(codeAnswerExtra{c.OverrideURL})
	}
	if as.extra {
		n.Payment.Identifier = append(n.Payment.Identifier,
			identifier{"CHANNEL_ID", "6014"}, identifier{"HOST_REFERENCE_NUMBER", "50% + 1/2 é"})
		n.Customer = &struct {
			Name string `json:"name"`
		}{c.Name}
		n.Unknown = json.RawMessage(`{"nested":[null,true,1.50,{"a":"b"}]}`)
	}
	body := []byte(compactJSON(n))
	if !as.compact {
		body = indented(body)
	}
	if as.escaped {
		body = escapedJSON(body)
	}
	return body
}
