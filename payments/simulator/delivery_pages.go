package simulator

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// deliveryView is one notification with its attempts.
type deliveryView struct {
	P                                                               phrases
	ID, Kind, Status, Code, Grouped, Invoice, Receipt, Queued, Next string
	Raw                                                             string
	FromReceipt                                                     bool
	Badge                                                           badge
	Attempts                                                        []attemptView
}

type attemptView struct {
	At, URL, Took, Answer, Error string
	Status                       int
	OK, Manual                   bool
}

func (s *Simulator) deliveryView(p phrases, d *delivery, fromReceipt bool) deliveryView {
	v := deliveryView{
		P: p, ID: d.ID, Kind: d.Kind, Status: d.Status, Code: d.Code, Grouped: grouped(d.Code), Invoice: d.Invoice,
		Receipt: d.Receipt, Queued: p.clock(d.QueuedAt), FromReceipt: fromReceipt, Badge: p.badge(d.Status),
	}
	if d.Status == deliveryRetrying {
		v.Next = p.when(d.Due)
	}
	address, signature := d.OverrideURL, "…"
	if address == "" {
		address = s.notificationURL
	}
	for _, a := range d.Attempts {
		v.Attempts = append(v.Attempts, attemptView{
			p.clock(a.At), a.URL, a.Took.Round(time.Millisecond).String(), a.Answer, a.Error,
			a.Status, a.Status >= 200 && a.Status < 300, a.Manual,
		})
		address, signature = a.URL, a.Signature
	}
	v.Raw = fmt.Sprintf("POST %s\nClient-Id: %s\nRequest-Id: %s\nRequest-Timestamp: %s\nSignature: %s\n\n%s",
		targetOf(address), s.cfg.ClientID, d.RequestID, d.Timestamp, signature, d.Body)
	return v
}

func (s *Simulator) deliveriesPage(w http.ResponseWriter, r *http.Request) {
	p := speak(w, r)
	var v struct {
		Deliveries []deliveryView
		Schedule   string
	}
	var steps []string
	for _, after := range retryAfter {
		steps = append(steps, "+"+shortDuration(time.Duration(float64(after)/s.cfg.Speed)))
	}
	v.Schedule = strings.Join(steps, ", ")
	s.look(func(st *state) error { //nolint:errcheck // fn returns nil
		for i := len(st.Deliveries) - 1; i >= 0 && len(v.Deliveries) < 100; i-- {
			v.Deliveries = append(v.Deliveries, s.deliveryView(p, st.Deliveries[i], false))
		}
		return nil
	})
	s.render(w, r, http.StatusOK, "deliveries", phrase{"Notifikasi", "Notifications"}, v)
}

// shortDuration writes 30m0s as 30m.
func shortDuration(d time.Duration) string {
	text := d.Round(time.Millisecond).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

func (s *Simulator) postResend(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	id := r.PostForm.Get("delivery")
	if !s.resend(id) {
		s.message(w, r, http.StatusNotFound, phrase{"Notifikasi tidak ada", "No such notification"},
			phrase{"Notifikasi itu tidak ada atau sudah lama dihapus.", "That notification does not exist or was dropped long ago."})
		return
	}
	s.await(r.Context(), []string{id})
	to := "/deliveries#d-" + id
	if receipt := r.PostForm.Get("receipt"); receipt != "" {
		to = "/receipts/" + url.PathEscape(receipt) + "#d-" + id
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// await gives notifications a moment to be answered, so that the page which follows shows the answer
// without a script.
func (s *Simulator) await(ctx context.Context, ids []string) {
	limit := time.NewTimer(2 * time.Second)
	defer limit.Stop()
	for {
		pending := false
		s.look(func(st *state) error { //nolint:errcheck // fn returns nil
			for _, id := range ids {
				if d := st.delivery(id); d != nil && (d.Resend || d.underway || d.Status == deliveryQueued) {
					pending = true
				}
			}
			return nil
		})
		if !pending {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-limit.C:
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
}
