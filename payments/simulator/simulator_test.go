package simulator

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	testClient = "BRN-0000-1700000000000"
	testSecret = "SK-test-0000000000000000"
)

// clockForTest is set by hand, so that no test waits for time.
type clockForTest struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clockForTest {
	return &clockForTest{now: time.Date(2026, 11, 20, 3, 30, 0, 0, time.UTC)}
}

func (c *clockForTest) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clockForTest) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// bench is a simulator behind a real socket with a merchant behind another.
type bench struct {
	t        *testing.T
	clock    *clockForTest
	sim      *Simulator
	url      string
	merchant *merchant
	requests int
	stop     func() // ends Run
}

func newBench(t *testing.T, change ...func(*Config)) *bench {
	t.Helper()
	b := &bench{t: t, clock: newClock(), merchant: newMerchant(t)}
	cfg := Config{
		ClientID: testClient, SecretKey: testSecret, Now: b.clock.Now,
		NotificationURL: b.merchant.url + "/doku/notifications",
		InquiryURL:      b.merchant.url + "/doku/inquiries",
	}
	for _, f := range change {
		f(&cfg)
	}
	sim, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	b.sim = sim
	server := httptest.NewServer(sim.Handler())
	t.Cleanup(server.Close)
	b.url = server.URL
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- sim.Run(ctx) }()
	b.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	t.Cleanup(b.stop)
	return b
}

// merchant receives callbacks and checks what every one of them must have.
type merchant struct {
	url string

	mu       sync.Mutex
	answer   int // to notifications; 0 is 200
	inquiry  func(r *http.Request, body []byte) (status int, answer []byte, spoil func(http.Header))
	received []callback
	arrived  chan struct{}
}

type callback struct {
	path      string
	header    http.Header
	body      []byte
	verified  bool
	inquiring bool
}

func newMerchant(t *testing.T) *merchant {
	m := &merchant{arrived: make(chan struct{}, 1000)}
	server := httptest.NewServer(m)
	t.Cleanup(server.Close)
	m.url = server.URL
	return m
}

func (m *merchant) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	msg := signed{
		r.Header.Get("Client-Id"), r.Header.Get("Request-Id"), "Request-Timestamp",
		r.Header.Get("Request-Timestamp"), r.URL.EscapedPath(), body,
	}
	c := callback{path: r.URL.Path, header: r.Header.Clone(), body: body, verified: msg.matches(testSecret, r.Header.Get("Signature"))}
	m.mu.Lock()
	inquiry := m.inquiry
	status := m.answer
	m.mu.Unlock()
	if status == 0 || r.URL.Path == "/elsewhere" {
		status = http.StatusOK
	}
	if status == http.StatusFound {
		w.Header().Set("Location", "/elsewhere")
	}
	answer := []byte("noted")
	if strings.HasSuffix(r.URL.Path, "/inquiries") && inquiry != nil {
		c.inquiring = true
		var spoil func(http.Header)
		status, answer, spoil = inquiry(r, body)
		msg.TimestampHeader, msg.Timestamp, msg.Body = "Response-Timestamp", "2026-11-20T03:30:00Z", answer
		h := w.Header()
		h.Set("Client-Id", msg.ClientID)
		h.Set("Request-Id", msg.RequestID)
		h.Set("Response-Timestamp", msg.Timestamp)
		h.Set("Signature", msg.signature(testSecret))
		if spoil != nil {
			spoil(h)
		}
	}
	// Noted before it is answered: who has the answer may look.
	m.mu.Lock()
	m.received = append(m.received, c)
	m.mu.Unlock()
	w.WriteHeader(status)
	w.Write(answer)
	m.arrived <- struct{}{}
}

func (m *merchant) answerWith(status int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.answer = status
}

// all returns every callback so far, oldest first.
func (m *merchant) all() []callback {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.received)
}

// wait returns the notifications received so far once there are n.
func (m *merchant) wait(t *testing.T, n int) []callback {
	t.Helper()
	limit := time.After(10 * time.Second)
	for {
		got := slices.DeleteFunc(m.all(), func(c callback) bool { return c.inquiring })
		if len(got) >= n {
			return got
		}
		select {
		case <-m.arrived:
		case <-limit:
			t.Fatalf("%d notifications arrived, want %d", len(got), n)
		}
	}
}

// result is one answer of the API with its signature judged.
type result struct {
	status   int
	header   http.Header
	body     []byte
	verified bool
}

func (r result) text(t *testing.T, name string) string {
	t.Helper()
	f, err := readFields(r.body)
	if err != nil {
		t.Fatalf("answer %d %q: %v", r.status, r.body, err)
	}
	v, _ := f.value(name)
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// request builds a signed call; edit may spoil it after signing.
func (b *bench) request(method, path, requestID, body string) *http.Request {
	b.t.Helper()
	var payload []byte
	var reader io.Reader
	if method != http.MethodGet {
		payload = []byte(body)
		reader = bytes.NewReader(payload)
	}
	r, err := http.NewRequest(method, b.url+path, reader)
	if err != nil {
		b.t.Fatal(err)
	}
	m := signed{testClient, requestID, "Request-Timestamp", timestamp(b.clock.Now()), r.URL.EscapedPath(), payload}
	r.Header.Set("Client-Id", m.ClientID)
	r.Header.Set("Request-Id", m.RequestID)
	r.Header.Set("Request-Timestamp", m.Timestamp)
	r.Header.Set("Signature", m.signature(testSecret))
	return r
}

func (b *bench) do(r *http.Request) (result, error) {
	// Not the default transport: it sends some requests a second time over a fresh connection.
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(r)
	if err != nil {
		return result{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	m := signed{
		resp.Header.Get("Client-Id"), resp.Header.Get("Request-Id"), "Response-Timestamp",
		resp.Header.Get("Response-Timestamp"), r.URL.EscapedPath(), body,
	}
	return result{resp.StatusCode, resp.Header, body, m.matches(testSecret, resp.Header.Get("Signature"))}, err
}

func (b *bench) nextID() string {
	b.requests++
	return fmt.Sprintf("request-%d", b.requests)
}

func (b *bench) call(method, path, body string) result {
	b.t.Helper()
	got, err := b.do(b.request(method, path, b.nextID(), body))
	if err != nil {
		b.t.Fatalf("%s %s: %v", method, path, err)
	}
	return got
}

func createBody(invoice string, extra ...string) string {
	return fmt.Sprintf(`{"order":{"invoice_number":%q,"amount":150000},"online_to_offline_info":{"expired_time":60,"reusable_status":false,"info":"Toko Contoh"%s},"customer":{"name":"Anton Budiman","email":"anton@example.com"}}`,
		invoice, strings.Join(extra, ""))
}

func patchBody(invoice, code, status string, extra ...string) string {
	return fmt.Sprintf(`{"order":{"invoice_number":%q,"amount":175000},"online_to_offline_info":{"payment_code":%q,"status":%q,"reusable_status":false%s},"customer":{"name":"Anton Wijaya"}}`,
		invoice, code, status, strings.Join(extra, ""))
}

// create registers a code and returns its number.
func (b *bench) create(invoice string) string {
	b.t.Helper()
	got := b.call(http.MethodPost, pathPaymentCode, createBody(invoice))
	if got.status != http.StatusOK {
		b.t.Fatalf("create: %d %s", got.status, got.body)
	}
	return got.text(b.t, "online_to_offline_info.payment_code")
}

// machine posts JSON to a machine form.
func (b *bench) machine(path, body string) result {
	b.t.Helper()
	r, err := http.NewRequest(http.MethodPost, b.url+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	got, err := b.do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	return got
}

func (b *bench) fault(body string) {
	b.t.Helper()
	if got := b.machine("/simulator/faults", body); got.status != http.StatusOK {
		b.t.Fatalf("fault %s: %d %s", body, got.status, got.body)
	}
}

func (b *bench) pay(code string, extra ...string) result {
	b.t.Helper()
	got := b.machine("/simulator/pay", fmt.Sprintf(`{"code":%q,"agent":"ALFAMART","store":"K107"%s}`, code, strings.Join(extra, "")))
	return got
}

func (b *bench) mustPay(code string, extra ...string) result {
	b.t.Helper()
	got := b.pay(code, extra...)
	if got.status != http.StatusOK {
		b.t.Fatalf("pay: %d %s", got.status, got.body)
	}
	return got
}

func (b *bench) status(id string) result {
	b.t.Helper()
	return b.call(http.MethodGet, pathStatus+id, "")
}

// settled waits until the i-th delivery (oldest first) satisfies ok.
func (b *bench) settled(i int, ok func(delivery) bool) delivery {
	b.t.Helper()
	limit := time.Now().Add(10 * time.Second)
	for {
		r, err := http.Get(b.url + "/simulator/deliveries")
		if err != nil {
			b.t.Fatal(err)
		}
		var list struct{ Deliveries []delivery }
		err = json.NewDecoder(r.Body).Decode(&list)
		r.Body.Close()
		if err != nil {
			b.t.Fatal(err)
		}
		if i < len(list.Deliveries) && ok(list.Deliveries[i]) {
			return list.Deliveries[i]
		}
		if time.Now().After(limit) {
			b.t.Fatalf("delivery %d never got there: %+v", i, list.Deliveries)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func (b *bench) refused(got result, status int, code string) {
	b.t.Helper()
	if got.status != status || got.text(b.t, "error.code") != code {
		b.t.Errorf("answered %d %s, want %d %s", got.status, got.body, status, code)
	}
}

// The whole sale: create, ask, pay at the till, be told, ask again.
func TestSale(t *testing.T) {
	b := newBench(t)
	made := b.call(http.MethodPost, pathPaymentCode, createBody("INV-1"))
	if made.status != http.StatusOK || !made.verified {
		t.Fatalf("create: %d verified %v: %s", made.status, made.verified, made.body)
	}
	code := made.text(t, "online_to_offline_info.payment_code")
	if len(code) != 16 || !strings.HasPrefix(code, bin) || !digitsOnly(code) {
		t.Errorf("payment code %q", code)
	}
	for name, want := range map[string]string{
		"order.invoice_number":                    "INV-1",
		"online_to_offline_info.created_date":     "20261120103000",
		"online_to_offline_info.expired_date":     "20261120113000",
		"online_to_offline_info.created_date_utc": "2026-11-20T03:30:00Z",
		"online_to_offline_info.expired_date_utc": "2026-11-20T04:30:00Z",
		"online_to_offline_info.how_to_pay_page":  b.url + "/how-to-pay/v2/alfa-online-to-offline/" + code,
		"online_to_offline_info.how_to_pay_api":   b.url + "/alfa-online-to-offline/v2/how-to-pay-api/" + code,
	} {
		if got := made.text(t, name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if got := b.status("INV-1").text(t, "transaction.status"); got != "PENDING" {
		t.Errorf("status before paying %q", got)
	}
	bill := b.machine("/simulator/inquiry", `{"code":"`+code+`"}`)
	if bill.status != 200 || bill.text(t, "name") != "Anton Budiman" || bill.text(t, "amount") != "150000" || bill.text(t, "info") != "Toko Contoh" {
		t.Errorf("inquiry: %d %s", bill.status, bill.body)
	}
	b.mustPay(code, `,"trx":"1246"`)
	told := b.merchant.wait(t, 1)[0]
	if !told.verified || told.path != "/doku/notifications" {
		t.Errorf("notification at %s verified %v", told.path, told.verified)
	}
	want := "{\n  \"service\": {\n    \"id\": \"ONLINE_TO_OFFLINE\"\n  },"
	if !strings.HasPrefix(string(told.body), want) || !strings.Contains(string(told.body), `"amount": 150000.00`) {
		t.Errorf("notification is not in the form of the wild:\n%s", told.body)
	}
	f, err := readFields(told.body)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"transaction.status":                  "SUCCESS",
		"transaction.original_request_id":     "request-1",
		"transaction.date":                    "2026-11-20T03:30:00Z",
		"order.invoice_number":                "INV-1",
		"online_to_offline_info.payment_code": code,
	} {
		if got, _ := f.value(name); got != want {
			t.Errorf("notification %s = %v, want %s", name, got, want)
		}
	}
	if !strings.Contains(string(told.body), `"AGENT_TRX_ID",
        "value": "1246"`) {
		t.Errorf("no AGENT_TRX_ID in %s", told.body)
	}
	b.settled(0, func(d delivery) bool { return d.Status == deliveryDelivered && d.Attempts[0].Status == 200 })
	paid := b.status("INV-1")
	if !paid.verified || paid.text(t, "transaction.status") != "SUCCESS" || paid.text(t, "online_to_offline_info.reusable_status") != "false" {
		t.Errorf("status: verified %v %s", paid.verified, paid.body)
	}
	if again := b.pay(code); again.status != http.StatusConflict {
		t.Errorf("paid twice: %d %s", again.status, again.body)
	}
	if byRequest := b.status("request-1"); byRequest.text(t, "order.invoice_number") != "INV-1" {
		t.Errorf("status by Request-Id: %s", byRequest.body)
	}
}

func TestCancel(t *testing.T) {
	b := newBench(t)
	code := b.create("INV-1")
	got := b.call(http.MethodPatch, pathPaymentCode, patchBody("INV-1", code, "DELETE"))
	if got.status != http.StatusOK || !got.verified || got.text(t, "online_to_offline_info.how_to_pay_page") != "" {
		t.Fatalf("cancel: %d verified %v %s", got.status, got.verified, got.body)
	}
	b.refused(b.pay(code), http.StatusConflict, refusedCancelled)
	b.refused(b.machine("/simulator/inquiry", `{"code":"`+code+`"}`), http.StatusConflict, refusedCancelled)
	if got := b.status("INV-1").text(t, "transaction.status"); got != "EXPIRED" {
		t.Errorf("status after cancel %q", got)
	}
	b.refused(b.call(http.MethodPatch, pathPaymentCode, patchBody("INV-1", code, "DELETE")), 400, "payment_code_already_deleted")
	// A race that the till wins, for tests of merchants.
	b.mustPay(code, `,"force":true`)
	if got := b.status("INV-1").text(t, "transaction.status"); got != "SUCCESS" {
		t.Errorf("status after forced payment %q", got)
	}
}

func (b *bench) get(path string) result {
	b.t.Helper()
	r, err := http.NewRequest(http.MethodGet, b.url+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	got, err := b.do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	return got
}
