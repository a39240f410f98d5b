package views

// Names of the events on the staff's stream. Each event's id is the sequence
// number it brings the page to; the page comes back with it as after=.
const (
	// EventTick says that nothing happened. Sent at least every 15 seconds.
	EventTick = "tick"
	// EventPaidNow tells of one payment, to be heard: a JSON object with code,
	// amount and say. EventMissed tells of those that came while the page was away:
	// a JSON object with count, and seq, the number of the last of them.
	EventPaidNow = "paid"
	EventMissed  = "missed"
	// EventFresh carries how many codes the list does not show yet, or that it is
	// "changed".
	EventFresh = "fresh"
	// EventRenew: what the page shows is to be loaded anew, for the day has turned or
	// more happened than is told one by one.
	EventRenew = "renew"
	// EventToday carries TodayPanel.
	EventToday = "today"
	// EventTabs carries TabBar.
	EventTabs = "tabs"
	// EventPanel carries CodePanel.
	EventPanel = "panel"
	// EventState carries PayState, on the customer's stream.
	EventState = "state"
)

// EventCode names the event that carries Row for one code.
func EventCode(id string) string {
	return "code-" + id
}
