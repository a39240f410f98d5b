package payments

import (
	"context"
	"errors"
	"time"

	"kodebayar/payments/doku"
)

// Credentials are those of the shop at DOKU in one environment.
type Credentials struct {
	ClientID, SecretKey string
	// PreviousKey is still accepted on callbacks, while the key is rolled.
	PreviousKey string
	// Prefix is the BIN that DOKU assigned for numbers of the shop's own, digits.
	Prefix string
}

// Set says whether DOKU can be called with them.
func (c Credentials) Set() bool { return c.ClientID != "" && c.SecretKey != "" }

// Verifier checks callbacks by them.
func (c Credentials) Verifier() doku.Verifier {
	v := doku.Verifier{ClientID: c.ClientID}
	for _, key := range []string{c.SecretKey, c.PreviousKey} {
		if key != "" {
			v.Keys = append(v.Keys, key)
		}
	}
	return v
}

// probeInvoice is an invoice number that no code has: ours are never so short.
const probeInvoice = "KODEBAYAR-TES"

// Try asks DOKU, at baseURL, for an invoice that nobody made, signed with the
// credentials. nil says that DOKU knows them, for it answered that it does not
// know the invoice; [doku.ErrRefused] that it does not. The exchange is kept as
// evidence like any other.
func (s *Service) Try(ctx context.Context, baseURL string, c Credentials) error {
	client, err := s.client(ctx)
	if err != nil {
		return err
	}
	client.BaseURL, client.ClientID, client.SecretKey = baseURL, c.ClientID, c.SecretKey
	call, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	answer, x, failure := client.Status(call, s.NewID(), probeInvoice)
	exchange := s.outgoing("status", "", x, failure, answer.Warnings)
	if err := s.Store.Update(context.WithoutCancel(ctx), func(tx Tx) error { return tx.InsertExchange(exchange) }); err != nil {
		return err
	}
	if errors.Is(failure, doku.ErrNotFound) {
		s.heard(x, nil)
		return nil
	}
	return failure
}
