package payments

import (
	"context"
	"errors"
	"time"
)

// What a caller decides on.
var (
	ErrNotFound  = errors.New("not found")
	ErrConflict  = errors.New("changed by somebody else meanwhile")
	ErrNotStored = errors.New("not stored") // nothing of the change is on disk; it may be tried again
)

// Reader reads what is stored. Its methods answer ErrNotFound for what does
// not exist.
type Reader interface {
	BatchReader
	ClosingReader
	Code(ctx context.Context, id string) (Code, error)
	CodeByForm(ctx context.Context, formID string) (Code, error)
	// CodeByInvoice finds a code by its invoice number.
	CodeByInvoice(ctx context.Context, env Environment, invoice string) (Code, error)
	// CodeByNumber finds the code that bears a payment code: the live one if
	// there is one, else the newest, for a number may be issued again.
	CodeByNumber(ctx context.Context, env Environment, number string) (Code, error)
	Payments(ctx context.Context, codeID string) ([]Payment, error)
	Refunds(ctx context.Context, codeID string) ([]Refund, error)
	// LastEvent is the newest event of a kind on a code.
	LastEvent(ctx context.Context, codeID string, kind EventKind) (Event, error)
	// Orphans is the money kept without a code that was told of a sale; with money
	// of that moment whose sale is not known.
	Orphans(ctx context.Context, sale string, at time.Time) ([]Payment, error)
	// FormerAmounts are those a code had, or may have had, at DOKU beside the
	// present one.
	FormerAmounts(ctx context.Context, codeID string) ([]int64, error)
	Exchange(ctx context.Context, id string) (Exchange, error)
	// ExchangesOf are the exchanges about a code, oldest first.
	ExchangesOf(ctx context.Context, codeID string) ([]Exchange, error)
	Attention(ctx context.Context, id string) (Attention, error)
	// AttentionOf is what a person must look at, or has looked at, on a code.
	AttentionOf(ctx context.Context, codeID string) ([]Attention, error)
	Call(ctx context.Context, requestID string) (Call, error)
	// Sendings is how many sendings of a call have ended, with an answer or without.
	Sendings(ctx context.Context, c Call) (int64, error)
	// PendingCall is the newest call of a kind whose outcome is not known.
	PendingCall(ctx context.Context, codeID string, kind CallKind) (Call, error)
	// DueCalls and DueChecks are what the sweep has to do at the given time,
	// oldest first.
	DueCalls(ctx context.Context, env Environment, at time.Time, limit int) ([]Call, error)
	DueChecks(ctx context.Context, env Environment, at time.Time, limit int) ([]Code, error)
	// DueExpiries are active codes whose deadline has passed.
	DueExpiries(ctx context.Context, at time.Time, limit int) ([]Code, error)
	// Settings are those that the owner saved, else DefaultSettings.
	Settings(ctx context.Context) (Settings, error)
	// NextDue is when the sweep has something to do; zero: nothing is planned.
	NextDue(ctx context.Context, env Environment) (time.Time, error)
}

// Tx is one change, whole or not at all. Its reads see the change so far. The
// context given to its reads is not used: a change runs under the writer's
// own, so that a caller who leaves cannot tear it.
type Tx interface {
	Reader
	BatchTx
	// InsertCode writes a new code; false when its form or its invoice number
	// is taken already.
	InsertCode(Code) (bool, error)
	// UpdateCode writes every changeable field of c, provided that the row
	// still has c.Version; ErrConflict otherwise. It counts the version up.
	UpdateCode(*Code) error
	// SetChecked writes Checks and CheckAt alone and leaves the version as it
	// is: a check that brought no news is nothing that an editor must see.
	SetChecked(Code) error
	// SetViewed notes that the customer's page was opened; false when that was
	// noted after the given time already.
	SetViewed(codeID string, at, notAfter time.Time) (bool, error)
	InsertFormerAmount(codeID string, amount int64) error
	DeleteFormerAmount(codeID string, amount int64) error
	// Count counts up and answers the next number of a name: 1, 2, 3 …
	Count(name string) (int64, error)
	InsertCall(Call) error
	UpdateCall(Call) error
	// ClaimCall puts off a call that is due by the given time, so that one
	// sender at a time has it, and counts the try; false when its outcome is
	// known or somebody else was first.
	ClaimCall(requestID string, due, now, until time.Time) (bool, error)
	InsertPayment(Payment) error
	UpdatePayment(Payment) error
	InsertRefund(Refund) error
	// UpdateRefund ends a refund's waiting; ErrConflict when it does not wait.
	UpdateRefund(Refund) error
	// InsertClosing freezes a shift and gives it its digest.
	InsertClosing(*Closing) error
	// OrphanAttention is what is open about money that was kept without a code, by
	// the payment's id.
	OrphanAttention(paymentID string) ([]Attention, error)
	// DeleteOrphan forgets that money was kept without a code.
	DeleteOrphan(paymentID string) error
	// InsertDelivery remembers a notification by its Request-Id and the digest
	// of its body; false when it was delivered before.
	InsertDelivery(requestID, digest, exchangeID string, at time.Time) (bool, error)
	// InsertHandover notes a handing over; false when there is one for as many
	// payments.
	InsertHandover(Handover) (bool, error)
	InsertExchange(Exchange) error
	// InsertUnverified keeps what nobody signed, and only the newest of it.
	InsertUnverified(x Exchange, keep int) error
	SetInstructions(codeID string, steps []string) error
	InsertAttention(Attention) error
	UpdateAttention(Attention) error
	// CloseUnknown closes all open attention to money for codes not known here,
	// and answers how many that were.
	CloseUnknown(at time.Time, by, note string) (int64, error)
	Append(Event) error
	// Savepoint runs fn so that its failure undoes what fn did and nothing else.
	Savepoint(fn func() error) error
}

// Store keeps everything. Update runs fn in one durable change: when it
// answers nil, the change is on disk. ErrNotStored means that nothing is.
type Store interface {
	Reader
	Update(ctx context.Context, fn func(Tx) error) error
}
