package payments

import "time"

// EventKind names what happened.
type EventKind string

// The kinds of event that a code's timeline shows.
const (
	EventCreated       EventKind = "created"         // our row is written
	EventActivated     EventKind = "activated"       // DOKU gave or took the number
	EventReplaced      EventKind = "replaced"        // another code was made in place of the lost one
	EventRejected      EventKind = "rejected"        // DOKU refused the create
	EventUnanswered    EventKind = "unanswered"      // a call's answer was lost
	EventUpdateAsked   EventKind = "update_asked"    // an edit is on its way to DOKU
	EventUpdated       EventKind = "updated"         // DOKU took the edit
	EventUpdateRefused EventKind = "update_refused"  // DOKU refused the edit
	EventUpdateGivenUp EventKind = "update_given_up" // the edit's time passed without an answer; it is not sent again
	EventCancelAsked   EventKind = "cancel_asked"    // a cancel is on its way to DOKU
	EventCancelTaken   EventKind = "cancel_taken"    // DOKU took the cancel; money may still be under way
	EventCancelRefused EventKind = "cancel_refused"
	EventCancelled     EventKind = "cancelled"
	EventExpired       EventKind = "expired"
	EventPaid          EventKind = "paid"      // money that counts
	EventReviewed      EventKind = "in_review" // money kept aside for a person
	EventConfirmed     EventKind = "confirmed" // a second witness of a payment we have
	EventTold          EventKind = "told"      // DOKU told something that moves no money: FAILED, an unknown status
	EventChecked       EventKind = "checked"
	EventWarned        EventKind = "warned" // DOKU's answer did not echo ours, or was not signed
	EventInquired      EventKind = "inquired"
	EventAttention     EventKind = "attention"
	EventAttentionDone EventKind = "attention_done"
	EventNoted         EventKind = "noted"
	EventRefunded      EventKind = "refunded"
	EventViewed        EventKind = "viewed"   // the customer's page was opened
	EventReplayed      EventKind = "replayed" // somebody ran a stored notification again
	EventResolved      EventKind = "resolved" // somebody decided about a payment under review
	EventHandedOver    EventKind = "handed_over"
	EventPrinted       EventKind = "printed" // its slip was opened to be printed
)

// The kinds that a batch brings; their detail names it.
const (
	EventBatchStarted EventKind = "batch_started"
	EventBatchStopped EventKind = "batch_stopped"
	EventBatchResumed EventKind = "batch_resumed"
	EventBatchDone    EventKind = "batch_done"
	EventBatchPrinted EventKind = "batch_printed" // its cards were opened to be printed
)

// Actors that are not a member of staff. A member is "staff:" and the id.
const (
	ActorDOKU     = "doku"
	ActorSystem   = "system"
	ActorCustomer = "customer"
	ActorShell    = "shell"   // somebody at the command line
	ActorVisitor  = "visitor" // somebody who is not signed in
)

// StaffActor is the actor of a member of staff.
func StaffActor(id string) string { return "staff:" + id }

// Event is one line of the append-only log.
type Event struct {
	Seq    int64 // 1, 2, 3 … without a gap, in commit order
	At     time.Time
	CodeID string // empty for what concerns no code
	Kind   EventKind
	Actor  string
	Cause  string            // the exchange that brought it about, if one did
	Detail map[string]string // amounts, reasons, before and after; may be blanked after the retention time
}
