package handlers

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"kodebayar/db"
	"kodebayar/payments"
)

// TestAStreamCarriesOnlyWhatMayBeSeen listens as a cashier while another sells.
func TestAStreamCarriesOnlyWhatMayBeSeen(t *testing.T) {
	s := newShop(t)
	sari, budi, ibu := s.member("sari", payments.Cashier), s.member("budi", payments.Cashier), s.member("ibu", payments.Owner)
	first := budi.issue()
	mine := sari.issue()
	// The widest stream that a cashier can ask for.
	wide := "/events?page=transactions&after=0&since=0&from=0&to=zzz"
	own, all := sari.listen(wide, nil), ibu.listen(wide, nil)
	var heard []event
	for { // from the very first message on
		e := own.next("", "")
		if heard = append(heard, e); e.name == "fresh" {
			break
		}
	}
	all.next("fresh", "2")
	second := budi.issue()
	s.buy(first.PaymentCode)
	all.next("fresh", "3")
	all.next("code-"+second.ID, "budi")
	all.next("code-"+first.ID, `data-status="paid"`)
	s.buy(mine.PaymentCode)
	for {
		e := own.next("", "")
		heard = append(heard, e)
		if e.name == "code-"+mine.ID && strings.Contains(e.data, `data-status="paid"`) {
			break
		}
	}
	for _, e := range heard {
		for _, secret := range []string{first.ID, second.ID, first.PaymentCode, second.PaymentCode, "budi"} {
			if strings.Contains(e.name+e.data, secret) {
				t.Errorf("%s carries %s: %s", e.name, secret, e.data)
			}
		}
		if e.name == "fresh" && strings.TrimSpace(e.data) != "1" {
			t.Errorf("fresh counts another's codes: %s", e.data)
		}
	}
	if l := sari.listen("/events?page=code&code="+first.ID, nil); l.status != http.StatusNotFound {
		t.Errorf("the stream of another's code: %d", l.status)
	}
}

// TestAPageThatLeavesIsForgotten closes streams from the page's side: the hub
// must not go on telling them until a message fails to arrive.
func TestAPageThatLeavesIsForgotten(t *testing.T) {
	s := newShop(t)
	sari := s.member("sari", payments.Cashier)
	code := sari.issue()
	list, one := sari.listen("/events?page=transactions", nil), sari.listen("/pay/"+code.Token+"/events", nil)
	list.next("tabs", "")
	one.next("state", "")
	if n := len(s.hub.snapshot()); n != 2 {
		t.Fatalf("%d streams are open", n)
	}
	list.close()
	one.close()
	s.eventually("forgotten", func() bool { return len(s.hub.snapshot()) == 0 })
}

// TestComingBack opens the stream of a page that was away.
func TestComingBack(t *testing.T) {
	s := newShop(t)
	v := s.member("sari", payments.Cashier)
	older, newer := v.issue(), v.issue()
	page := v.get("/transactions")
	s.buy(older.PaymentCode)
	s.eventually("paid", func() bool { return must(s.Store.Code(t.Context(), older.ID)).Status == payments.Paid })
	made := v.issue()
	l := v.listen(page.streamOf(), nil)
	row := l.next("code-"+older.ID, `data-status="paid"`)
	// A page that heard it, be it under another number, rings no more for it.
	l.next("missed", fmt.Sprintf(`{"count":1,"seq":%d}`, must(s.Store.LastEvent(t.Context(), older.ID, payments.EventPaid)).Seq))
	l.next("tabs", "")
	fresh := l.next("fresh", "1")
	if last := strconv.FormatInt(must(s.Store.LastSeq(t.Context())), 10); !strings.Contains(page.streamOf(), "after="+row.id+"&") || fresh.id != last {
		t.Errorf("the ids are %s and %s, the page comes from %s, the log is at %s", row.id, fresh.id, page.streamOf(), last)
	}
	for _, e := range l.heard() {
		if e.name == "code-"+newer.ID || e.name == "code-"+made.ID {
			t.Errorf("%s did not change, or is not on the page", e.name)
		}
	}
	// Whoever knows all of it is told how things stand and nothing more.
	seq := must(s.Store.LastSeq(t.Context()))
	again := v.listen("/events?page=transactions&after=0&from=0&to=zzz", http.Header{"Last-Event-ID": {strconv.FormatInt(seq, 10)}})
	if e := again.next("", ""); e.name != "tabs" {
		t.Errorf("the larger of after= and Last-Event-ID was not taken: %s comes first", e.name)
	}
	s.buy(made.PaymentCode)
	again.next("code-"+made.ID, `data-status="paid"`)
}

// TestNewsThatTheCatchUpToldAlready is passed over: it was committed between
// the subscription and the first reading.
func TestNewsThatTheCatchUpToldAlready(t *testing.T) {
	s := newShop(t)
	v := s.member("sari", payments.Cashier)
	v.issue()
	l := v.listen(v.get("/transactions").streamOf(), nil)
	l.next("tabs", "")
	for _, f := range s.hub.snapshot() {
		f.tell(&news{seq: 1, made: 1})
	}
	v.issue()
	if e := l.next("fresh", ""); strings.TrimSpace(e.data) != "1" || e.id == "1" {
		t.Errorf("one new code is counted as %s by event %s", e.data, e.id)
	}
}

// TestRowsThatThePageDoesNotShow are not sent to it.
func TestRowsThatThePageDoesNotShow(t *testing.T) {
	s := newShop(t)
	v := s.member("sari", payments.Cashier)
	shown := v.issue()
	page := v.get("/transactions")
	l := v.listen(page.streamOf(), nil)
	l.next("tabs", "")
	other := v.issue()
	s.buy(other.PaymentCode)
	s.eventually("paid", func() bool { return must(s.Store.Code(t.Context(), other.ID)).Status == payments.Paid })
	s.buy(shown.PaymentCode)
	for {
		e := l.next("", "")
		if e.name == "code-"+other.ID {
			t.Fatal("a row that is not on the page was sent")
		}
		if e.name == "code-"+shown.ID && strings.Contains(e.data, `data-status="paid"`) {
			return
		}
	}
}

// TestTicks come while nothing happens, with the number the page has reached.
func TestTicks(t *testing.T) {
	s := newShop(t, func(s *Server) { s.tick = 10 * time.Millisecond })
	v := s.member("sari", payments.Cashier)
	code := v.issue()
	seq := strconv.FormatInt(must(s.Store.LastSeq(t.Context())), 10)
	for name, l := range map[string]*listener{
		"counter": v.listen(v.get("/").streamOf(), nil), "code": v.listen(v.get("/codes/"+code.ID).streamOf(), nil),
		"customer": s.visitor().listen("/pay/"+code.Token+"/events", nil),
	} {
		if e := l.next("tick", ""); e.id != seq {
			t.Errorf("%s: tick %s, the log is at %s", name, e.id, seq)
		}
	}
	// A session that ends without a word in the log ends the stream at a tick.
	l := v.listen(v.get("/").streamOf(), nil)
	l.next("tick", "")
	s.ahead.Store(int64(sessionLifetime) + 1e12)
	l.expectEnd()
}

// TestShutdownEndsStreams, so that a server can stop.
func TestShutdownEndsStreams(t *testing.T) {
	s := newShop(t)
	v := s.member("sari", payments.Cashier)
	code := v.issue()
	streams := []*listener{
		v.listen(v.get("/").streamOf(), nil), v.listen(v.get("/codes/"+code.ID).streamOf(), nil), s.visitor().listen("/pay/"+code.Token+"/events", nil),
	}
	s.Shutdown()
	for _, l := range streams {
		l.expectEnd()
	}
}

// TestASlowFollowerIsDropped and the others never wait for it.
func TestASlowFollowerIsDropped(t *testing.T) {
	s := newShop(t)
	slow := &follower{lang: "id", staff: "x"}
	leave := s.hub.subscribe(slow)
	defer leave()
	for i := range newsLength + 2 {
		select {
		case <-slow.gone:
			if i <= newsLength {
				t.Fatalf("dropped after %d messages", i)
			}
		default:
		}
		slow.tell(&news{seq: int64(i), made: 1})
	}
	select {
	case <-slow.gone:
	default:
		t.Error("it is not dropped")
	}
}

// TestABatchIsToldInTheOrderOfTheLog, row before sound: a page passes over what
// has a lower number than it was told, and comes back with the last.
func TestABatchIsToldInTheOrderOfTheLog(t *testing.T) {
	s := newShop(t)
	v := s.member("ibu", payments.Owner)
	a, b := v.issue(), v.issue()
	h := newHub(s.Server)
	f := &follower{lang: "id", to: db.BehindIDs}
	defer h.subscribe(f)()
	paid := map[string]string{"amount": "150000"}
	batch := []payments.Event{
		{Seq: 5, CodeID: a.ID, Kind: payments.EventCreated},
		{Seq: 6, CodeID: b.ID, Kind: payments.EventCreated},
		{Seq: 7, CodeID: a.ID, Kind: payments.EventViewed},
		{Seq: 8, CodeID: b.ID, Kind: payments.EventPaid, Detail: paid},
		{Seq: 9, CodeID: a.ID, Kind: payments.EventPaid, Detail: paid},
		{Seq: 10, CodeID: "unreadable", Kind: payments.EventPaid, Detail: paid},
	}
	if err := h.pass(t.Context(), batch, map[string]bool{}); err == nil {
		t.Fatal("a code that cannot be read is no mistake")
	}
	if h.last != 9 {
		t.Errorf("it is tried again after %d, and 9 was told", h.last)
	}
	var got []string
	for len(f.news) > 0 {
		n := <-f.news
		what := "made"
		if n.frame != nil {
			id, rest, _ := strings.Cut(string(n.frame), "\n")
			if id != fmt.Sprintf("id: %d", n.seq) {
				t.Errorf("news %d says %s", n.seq, id)
			}
			what, _, _ = strings.Cut(strings.TrimPrefix(rest, "event: "), "\n")
		}
		got = append(got, fmt.Sprintf("%d %s", n.seq, what))
	}
	want := []string{"5 made", "6 made", "8 code-" + b.ID, "8 paid", "9 code-" + a.ID, "9 paid"}
	if !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
}

// TestNumbersNeverGoBack: counts that were read before the catch-up are told with
// its number.
func TestNumbersNeverGoBack(t *testing.T) {
	s := newShop(t)
	v := s.member("sari", payments.Cashier)
	v.issue()
	l := v.listen(v.get("/transactions").streamOf(), nil)
	first := l.next("tabs", "")
	for _, f := range s.hub.snapshot() {
		f.tell(&news{seq: 1, counts: &counted{Counts: db.Counts{All: 77}}})
	}
	if e := l.next("tabs", "77"); e.id != first.id {
		t.Errorf("%s comes after %s", e.id, first.id)
	}
}

// TestTheDayTurnsAtMidnight on pages that are open, though nothing happens.
func TestTheDayTurnsAtMidnight(t *testing.T) {
	s := newShop(t)
	sari, ibu := s.member("sari", payments.Cashier), s.member("ibu", payments.Owner)
	code := sari.issue()
	s.buy(code.PaymentCode)
	s.eventually("paid", func() bool { return must(s.Store.Code(t.Context(), code.ID)).Status == payments.Paid })
	var pages []*listener
	for _, v := range []*visitor{sari, ibu} {
		l := v.listen(v.get("/").streamOf(), nil)
		l.next("today", ">Rp150.000<")
		pages = append(pages, l)
	}
	s.ahead.Store(int64(s.tomorrow().Sub(s.Now()) - time.Second))
	err := s.Store.Write(t.Context(), func(tx *db.Tx) error { // the clock is looked at when something happens
		return tx.Append(payments.Event{At: s.Now(), CodeID: code.ID, Kind: payments.EventNoted, Actor: payments.ActorSystem})
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range pages {
		l.next("today", ">Rp0<")
	}
}

// TestARowIsRenderedOnceForAllWhoSeeItAlike.
func TestARowIsRenderedOnceForAllWhoSeeItAlike(t *testing.T) {
	s := newShop(t)
	code := s.member("sari", payments.Cashier).issue()
	owner, manager, english, maker := &follower{lang: "id", staff: "a", to: "zzz"}, &follower{lang: "id", staff: "b", to: "zzz"},
		&follower{lang: "en", staff: "c", to: "zzz"}, &follower{lang: "id", staff: code.CreatedBy, scope: code.CreatedBy, to: "zzz"}
	all := []*follower{owner, manager, english, maker}
	for _, f := range all {
		defer s.hub.subscribe(f)()
	}
	err := s.Store.Write(t.Context(), func(tx *db.Tx) error {
		return tx.Append(payments.Event{At: s.Now(), CodeID: code.ID, Kind: payments.EventNoted, Actor: payments.ActorSystem})
	})
	if err != nil {
		t.Fatal(err)
	}
	frames := make([][]byte, len(all))
	for i, f := range all {
		for frames[i] == nil {
			frames[i] = (<-f.news).frame
		}
	}
	if &frames[0][0] != &frames[1][0] {
		t.Error("two who see the same have a copy each")
	}
	if !strings.Contains(string(frames[0]), "sari") || strings.Contains(string(frames[3]), "sari") {
		t.Error("the maker is named to the maker, or not to the others")
	}
	if !strings.Contains(string(frames[2]), "Unpaid") || !strings.Contains(string(frames[0]), "Belum dibayar") {
		t.Error("the languages are mixed up")
	}
}

// TestMessagesCannotBeForged puts what ends a message into one.
func TestMessagesCannotBeForged(t *testing.T) {
	got := string(message(7, "state", []byte("a\n\nevent: forged\r\ndata: x")))
	want := "id: 7\nevent: state\ndata: a\ndata: \ndata: event: forged\ndata: data: x\n\n"
	if got != want {
		t.Errorf("%q", got)
	}
	if got := string(message(1, "tick", nil)); got != "id: 1\nevent: tick\ndata: \n\n" {
		t.Errorf("%q: a message without data would not be told", got)
	}
}

// TestManyStreamsLoseNothing sells while streams come and go; each that stays
// has seen every code end as paid.
func TestManyStreamsLoseNothing(t *testing.T) {
	s := newShop(t)
	v := s.member("sari", payments.Cashier)
	var listeners []*listener
	var codes []payments.Code
	for i := range 6 {
		codes = append(codes, v.issue())
		listeners = append(listeners, v.listen("/events?page=transactions&after=0&from=0&to=zzz", nil))
		if i%2 == 1 {
			s.buy(codes[i-1].PaymentCode)
		}
	}
	for i := range 6 {
		if i%2 == 1 {
			s.buy(codes[i].PaymentCode)
		}
	}
	for i, l := range listeners {
		paid := map[string]bool{}
		for len(paid) < len(codes) {
			e := l.next("", "")
			if strings.HasPrefix(e.name, "code-") && strings.Contains(e.data, `data-status="paid"`) {
				paid[e.name] = true
			}
			if paid[e.name] && strings.Contains(e.data, `data-status="active"`) {
				t.Errorf("stream %d went back to unpaid", i)
			}
		}
	}
}

// TestOneLinkHasSoManyStreams: a customer's link that is opened once more than
// may be ends its oldest stream, and nobody else's: not of staff, not of another
// code. The newest is told how things stand, and hears the payment.
func TestOneLinkHasSoManyStreams(t *testing.T) {
	s := newShop(t)
	sari := s.member("sari", payments.Cashier)
	code, other := sari.issue(), sari.issue()
	panel := sari.listen("/events?page=code&code="+code.ID, nil)
	panel.next("panel", "")
	neighbour := s.visitor().listen("/pay/"+other.Token+"/events", nil)
	neighbour.next("state", "is-unpaid")
	var pages []*listener
	open := func() *listener {
		t.Helper()
		l := s.visitor().listen("/pay/"+code.Token+"/events", nil)
		l.next("state", "is-unpaid")
		pages = append(pages, l)
		return l
	}
	for range customersMost {
		open()
	}
	for i := range 3 {
		open()
		pages[i].expectEnd()
	}
	s.buy(code.PaymentCode)
	for _, l := range pages[3:] {
		l.next("state", "LUNAS")
	}
	panel.next("panel", `data-status="paid"`)
	s.buy(other.PaymentCode)
	neighbour.next("state", "LUNAS")
}
