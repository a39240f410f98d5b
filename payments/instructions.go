package payments

import (
	"context"
	"strings"

	"kodebayar/payments/doku"
)

// The customer stands before one till, so one instruction is kept, and of it
// no more than a phone shows.
const maxInstructionSteps = 8

// instruct fetches DOKU's own words on how to pay and keeps them with the
// code. It is tried once, when the code becomes active or an edit is in force,
// for they name the amount and the customer; when it fails, the customer reads
// ours.
func (s *Service) instruct(codeID string) {
	ctx, cancel := context.WithTimeout(context.Background(), lease)
	defer cancel()
	code, err := s.Store.Code(ctx, codeID)
	if err != nil || code.HowToPayAPI == "" || code.Status != Active {
		return
	}
	told, x, failure := s.DOKU.HowToPay(ctx, code.HowToPayAPI)
	if x.URL == "" {
		return // an address that is not DOKU's is not called
	}
	exchange := s.outgoing("how_to_pay", codeID, x, failure, nil)
	err = s.Store.Update(ctx, func(tx Tx) error {
		if failure == nil {
			if err := tx.SetInstructions(codeID, chosen(told)); err != nil {
				return err
			}
		}
		return tx.InsertExchange(exchange)
	})
	if err != nil {
		s.Log.Warn("how to pay could not be stored", "code_id", codeID, "error", err)
	}
}

// chosen are the steps for Alfamart's till, else the first there are.
func chosen(h doku.HowToPay) []string {
	best := h.Instructions[0]
	for _, i := range h.Instructions {
		if strings.Contains(strings.ToUpper(i.Channel), "ALFA") {
			best = i
			break
		}
	}
	return best.Steps[:min(len(best.Steps), maxInstructionSteps)]
}
