package payments

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"
)

// Note replaces the shop's own note on a code. DOKU never sees it.
func (s *Service) Note(ctx context.Context, by Viewer, id, note string) error {
	if wrong := ValidateNote(note); len(wrong) > 0 {
		return wrong
	}
	return s.Store.Update(ctx, func(tx Tx) error {
		code, err := visible(ctx, tx, by, id)
		if err != nil || code.Note == note {
			return err
		}
		detail := map[string]string{"note": note}
		if code.Note != "" {
			detail["note_before"] = code.Note
		}
		code.Note = note
		if err := tx.UpdateCode(&code); err != nil {
			return err
		}
		return tx.Append(Event{At: s.Now().UTC(), CodeID: id, Kind: EventNoted, Actor: StaffActor(by.StaffID), Detail: detail})
	})
}

// Remark adds a note to a code's timeline. The code itself stays as it is.
func (s *Service) Remark(ctx context.Context, by Viewer, id, note string) error {
	if wrong := ValidateNote(note); len(wrong) > 0 {
		return wrong
	}
	return s.Store.Update(ctx, func(tx Tx) error {
		if _, err := visible(ctx, tx, by, id); err != nil {
			return err
		}
		return tx.Append(Event{
			At: s.Now().UTC(), CodeID: id, Kind: EventNoted, Actor: StaffActor(by.StaffID), Detail: map[string]string{"note": note},
		})
	})
}

// viewedEvery is how often the opening of a customer's page is worth a line.
const viewedEvery = time.Hour

// Viewed notes on the timeline that the customer's page was opened, at most
// once an hour.
func (s *Service) Viewed(ctx context.Context, code Code) error {
	now := s.Now().UTC()
	if now.Sub(code.ViewedAt) < viewedEvery {
		return nil
	}
	return s.Store.Update(ctx, func(tx Tx) error {
		fresh, err := tx.SetViewed(code.ID, now, now.Add(-viewedEvery))
		if err != nil || !fresh {
			return err
		}
		return tx.Append(Event{At: now, CodeID: code.ID, Kind: EventViewed, Actor: ActorCustomer})
	})
}

// printedEvery is how often it is worth a line that one person opens the same to
// print it.
const printedEvery = time.Minute

// Printed notes on the timeline that somebody opened a code's slip to print it.
// Whether paper came out no program knows.
func (s *Service) Printed(ctx context.Context, by Viewer, codeID string) error {
	e := Event{At: s.Now().UTC(), CodeID: codeID, Kind: EventPrinted, Actor: StaffActor(by.StaffID)}
	return s.Store.Update(ctx, func(tx Tx) error {
		last, err := tx.LastEvent(ctx, codeID, e.Kind)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		if last.Actor == e.Actor && e.At.Sub(last.At) < printedEvery {
			return nil
		}
		return tx.Append(e)
	})
}

// PrintedBatch does so for the sheet of a batch's cards: one line, however many.
func (s *Service) PrintedBatch(ctx context.Context, by Viewer, batchID string, cards int) error {
	e := Event{At: s.Now().UTC(), Kind: EventBatchPrinted, Actor: StaffActor(by.StaffID), Detail: map[string]string{
		"batch": batchID, "codes": strconv.Itoa(cards),
	}}
	return s.Store.Update(ctx, func(tx Tx) error {
		before, err := tx.BatchPrints(ctx, batchID, e.At.Add(-printedEvery))
		if err != nil || slices.ContainsFunc(before, func(last Event) bool { return last.Actor == e.Actor }) {
			return err
		}
		return tx.Append(e)
	})
}
