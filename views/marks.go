package views

import "github.com/a-h/templ"

// attributes writes the marks in a fixed order. What is not known yet is
// absent rather than empty, except the reasons for attention, whose emptiness
// says something.
func (m Marks) attributes() templ.OrderedAttributes {
	a := templ.OrderedAttributes{templ.KV[string, any]("data-status", m.Status)}
	if m.PaymentCode != "" {
		a = append(a, templ.KV[string, any]("data-payment-code", m.PaymentCode))
	}
	a = append(a,
		templ.KV[string, any]("data-invoice", m.Invoice),
		templ.KV[string, any]("data-mode", m.Mode))
	if m.Expires != "" {
		a = append(a, templ.KV[string, any]("data-expires", m.Expires))
	}
	a = append(a, templ.KV[string, any]("data-paid-total", or(m.PaidTotal, "0")))
	if m.Refunded != "" {
		a = append(a, templ.KV[string, any]("data-refunded", m.Refunded))
	}
	return append(a, templ.KV[string, any]("data-attention", m.Attention))
}
