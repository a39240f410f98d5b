package payments

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"
)

// MaxBatch is how many orders a batch may have.
const MaxBatch = 1000

// BatchState says whether a batch is being worked on.
type BatchState string

// The states of a batch.
const (
	BatchRunning BatchState = "running"
	BatchStopped BatchState = "stopped" // by a person, who may let it go on
	BatchDone    BatchState = "done"
)

// Batch is a list of orders handed in at once and issued one after another.
type Batch struct {
	ID          string
	Environment Environment
	Name        string // of the file; empty when it was typed
	Digest      string // of the orders: the same list again has the same
	FormID      string // the form that handed it in: one form makes one batch
	State       BatchState
	MadeBy      string // staff id
	MadeAt      time.Time
	EndedAt     time.Time
	Lines       int

	Made, Refused int  // lines that have their code, and that cannot have one
	Barred        bool // whoever handed it in may not sign in any more: it rests
}

// BatchLine is one order of a batch and what became of it.
type BatchLine struct {
	BatchID  string
	Line     int   // in the file, the first is 1
	Order    Order // without what only the code has once it is made
	By       string
	CodeID   string
	Mistakes FieldErrors
	NotTaken *NotTaken // wrong as it was handed in: no code is asked for
}

// NotTaken is why a line was not taken in, as its page said it.
type NotTaken struct {
	Said []string `json:"said"`
	// As they were typed; they may be no numbers.
	Amount  string `json:"amount"`
	Minutes string `json:"minutes"` // empty in batches of before
}

// BatchReader reads batches.
type BatchReader interface {
	Batch(ctx context.Context, id string) (Batch, error)
	BatchByForm(ctx context.Context, formID string) (Batch, error)
	// OpenBatchLines are the next lines of running batches whose makers may
	// still sign in, oldest batch first.
	OpenBatchLines(ctx context.Context, env Environment, limit int) ([]BatchLine, error)
	// BatchPrints are the openings of a batch's cards since a moment.
	BatchPrints(ctx context.Context, batchID string, since time.Time) ([]Event, error)
	// SpentBatches are the running batches without an open line.
	SpentBatches(ctx context.Context, env Environment) ([]Batch, error)
}

// BatchTx changes batches.
type BatchTx interface {
	InsertBatch(Batch) error
	InsertBatchLine(BatchLine) error
	// SetBatchState is false when the batch is not in the state it is to leave.
	SetBatchState(id string, from, to BatchState, ended time.Time) (bool, error)
	// SettleBatchLine writes what became of a line that is still open.
	SettleBatchLine(BatchLine) error
}

// batchForm begins the form ids of a batch's lines: its id and the line follow.
const batchForm = "batch:"

// Batch is the id of the batch that made the code, empty when none did.
func (c Code) Batch() string {
	id, made := strings.CutPrefix(c.FormID, batchForm)
	if !made {
		return ""
	}
	id, _, _ = strings.Cut(id, ":")
	return id
}

// StartBatch writes a list of orders down, to be issued by RunBatches, with the
// lines that were rejected, to be told with the rest. Handed in again, the same
// form leads to the batch it made. ErrNotFound: there are no orders, or too many;
// they were validated before.
func (s *Service) StartBatch(ctx context.Context, by Viewer, b Batch, orders []BatchLine) (Batch, error) {
	if len(orders) == 0 || len(orders) > MaxBatch {
		return Batch{}, ErrNotFound
	}
	b.ID, b.Environment, b.State = s.NewID(), s.Environment, BatchRunning
	b.MadeBy, b.MadeAt, b.Lines = by.StaffID, s.Now().UTC(), len(orders)
	err := s.Store.Update(ctx, func(tx Tx) error {
		switch made, err := tx.BatchByForm(ctx, b.FormID); {
		case err == nil:
			b = made
			return nil
		case !errors.Is(err, ErrNotFound):
			return err
		}
		if err := tx.InsertBatch(b); err != nil {
			return err
		}
		for _, line := range orders {
			line.BatchID = b.ID
			line.Order.FormID = batchForm + b.ID + ":" + strconv.Itoa(line.Line)
			if err := tx.InsertBatchLine(line); err != nil {
				return err
			}
		}
		return tx.Append(Event{At: b.MadeAt, Kind: EventBatchStarted, Actor: StaffActor(by.StaffID), Detail: map[string]string{
			"batch": b.ID, "file": b.Name, "lines": strconv.Itoa(b.Lines),
		}})
	})
	s.wakeBatches()
	if err != nil {
		return Batch{}, err // b may still be written to by the writer
	}
	return b, nil
}

// HaltBatch stops a running batch; what is on its way to DOKU is finished. A
// batch that has ended meanwhile is left as it is.
func (s *Service) HaltBatch(ctx context.Context, by Viewer, id string) error {
	return s.moveBatch(ctx, StaffActor(by.StaffID), id, BatchRunning, BatchStopped, EventBatchStopped)
}

// ResumeBatch lets a stopped batch go on.
func (s *Service) ResumeBatch(ctx context.Context, by Viewer, id string) error {
	defer s.wakeBatches()
	return s.moveBatch(ctx, StaffActor(by.StaffID), id, BatchStopped, BatchRunning, EventBatchResumed)
}

func (s *Service) moveBatch(ctx context.Context, actor, id string, from, to BatchState, kind EventKind) error {
	return s.Store.Update(ctx, func(tx Tx) error {
		now := s.Now().UTC()
		ended := time.Time{}
		if to == BatchDone {
			ended = now
		}
		moved, err := tx.SetBatchState(id, from, to, ended)
		if err != nil || !moved {
			return err
		}
		return tx.Append(Event{At: now, Kind: kind, Actor: actor, Detail: map[string]string{"batch": id}})
	})
}

const (
	batchWorkers = 3
	batchIdle    = 5 * time.Second // between looks for a batch that another instance took in
)

// RunBatches issues the lines of running batches until ctx ends. A line's code
// is made under a form id of the line's own, so that a line whose outcome was
// not written down, by a crash or by another instance, never makes a second.
func (s *Service) RunBatches(ctx context.Context) error {
	for ctx.Err() == nil {
		progress, err := s.issueLines(ctx)
		if err != nil && ctx.Err() == nil {
			s.Log.Error("a batch of codes could not go on and will try again", "error", err)
		}
		if progress {
			continue
		}
		timer := time.NewTimer(batchIdle)
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-s.batches:
		}
		timer.Stop()
	}
	return nil
}

// issueLines issues the next few lines; progress says that there may be more.
func (s *Service) issueLines(ctx context.Context) (progress bool, err error) {
	spent, err := s.Store.SpentBatches(ctx, s.Environment)
	if err != nil {
		return false, err
	}
	for _, b := range spent {
		if err := s.moveBatch(ctx, ActorSystem, b.ID, BatchRunning, BatchDone, EventBatchDone); err != nil {
			return false, err
		}
	}
	// A list of codes nobody answers for would only be a list of unknown ones.
	if !s.Ready() || !s.mayAsk() {
		return false, nil
	}
	lines, err := s.Store.OpenBatchLines(ctx, s.Environment, batchWorkers)
	if err != nil {
		return false, err
	}
	var wg sync.WaitGroup
	failures := make([]error, len(lines))
	for i, line := range lines {
		wg.Go(func() { failures[i] = s.issueLine(ctx, line) })
	}
	wg.Wait()
	err = errors.Join(failures...)
	return len(lines) > 0 && err == nil, err
}

func (s *Service) issueLine(ctx context.Context, line BatchLine) error {
	// Whatever role its maker has by now: the line is an ordinary order.
	code, err := s.Issue(ctx, Viewer{StaffID: line.By, Role: Cashier}, line.Order)
	if !errors.As(err, &line.Mistakes) && err != nil {
		return err
	}
	line.CodeID = code.ID
	return s.Store.Update(ctx, func(tx Tx) error { return tx.SettleBatchLine(line) })
}

// wakeBatches makes RunBatches look now.
func (s *Service) wakeBatches() {
	select {
	case s.batches <- struct{}{}:
	default:
	}
}
