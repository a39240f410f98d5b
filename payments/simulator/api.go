package simulator

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// operation names what an API call is about, so that a fault can be limited to it.
type operation string

const (
	opCreate   operation = "create"
	opUpdate   operation = "update"
	opCancel   operation = "cancel"
	opStatus   operation = "status"
	opHowToPay operation = "howtopay"
)

const (
	pathPaymentCode         = "/alfa-online-to-offline/v2/payment-code"
	pathPaymentCodeNewGuide = "/alfa-virtual-account/v2/payment-code"
	pathMerchantPaymentCode = "/alfa-online-to-offline/v2/merchant-payment-code"
	pathStatus              = "/orders/v1/status/"
	pathHowToPayAPI         = "/alfa-online-to-offline/v2/how-to-pay-api/"
	pathHowToPayPage        = "/how-to-pay/v2/alfa-online-to-offline/"
)

// maxBody bounds what is read from anyone. DOKU's own limit is not known.
const maxBody = 1 << 20

// call is one API request on its way to its answer.
type call struct {
	s         *Simulator
	op        operation
	requestID string
	target    string
	id        string // the {id} of a status check, unescaped
	body      []byte // nil for a GET
	host      string
	now       time.Time // by the simulator's clock, which a fault may set wrong
}

// action applies a call to the state and says what to answer. It runs alone and must not touch the
// state when it refuses.
type action func(c *call, st *state) (answerBody []byte, r *refusal)

func (s *Simulator) routeAPI(mux *http.ServeMux) {
	for _, path := range []string{pathPaymentCode, pathPaymentCodeNewGuide} {
		mux.Handle("POST "+path, s.api(opCreate, createGenerated))
		mux.Handle("PATCH "+path, s.api(opUpdate, patchCode))
	}
	mux.Handle("POST "+pathMerchantPaymentCode, s.api(opCreate, createMerchant))
	mux.Handle("GET "+pathStatus+"{id}", s.api(opStatus, checkStatus))
	mux.HandleFunc("GET "+pathHowToPayAPI+"{code}", s.howToPayAPI)
	mux.HandleFunc("GET "+pathHowToPayPage+"{code}", s.howToPayPage)
}

// api wraps an action in what every signed call goes through: headers in DOKU's order, signature
// before body, one answer per Request-Id, a signed answer, and whatever fault is switched on.
func (s *Simulator) api(op operation, do action) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := s.cfg.Now()
		c := &call{s: s, op: op, requestID: r.Header.Get("Request-Id"), target: r.URL.EscapedPath(), id: r.PathValue("id"), host: baseURL(r)}
		if r.Method != http.MethodGet {
			body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
			var tooLarge *http.MaxBytesError
			if errors.As(err, &tooLarge) {
				writeJSON(w, http.StatusRequestEntityTooLarge, refuse(0, "invalid_parameter", "Request body is too large").body())
				return
			}
			if err != nil {
				panic(http.ErrAbortHandler)
			}
			c.body = body
			if r.Method == http.MethodPatch && isCancel(body) {
				c.op = opCancel
			}
		}

		before := s.faultsBefore(c.op)
		c.now = s.clock()
		if !before.pass(w) {
			s.log.Info("api call broken by a fault", "operation", c.op, "fault", before.name)
			return
		}
		if refused := s.checkHeaders(r, c); refused != nil {
			s.log.Info("api call refused", "operation", c.op, "status", refused.status, "code", refused.code)
			writeJSON(w, refused.status, refused.body())
			return
		}
		status, body, err := s.answer(r.Method, c, do)
		if err != nil {
			s.log.Error("api call not stored", "operation", c.op, "error", err)
			writeJSON(w, http.StatusInternalServerError, refuse(0, "internal_server_error", "INTERNAL SERVER ERROR").body())
			return
		}
		s.log.Info("api call", "operation", c.op, "request_id", c.requestID, "status", status,
			slog.Duration("took", s.cfg.Now().Sub(started)))
		s.send(w, r, c, status, body)
	})
}

// checkHeaders refuses in the order seen at DOKU: what is missing, the form of the timestamp, its
// distance from now, the client, and only then the signature.
func (s *Simulator) checkHeaders(r *http.Request, c *call) *refusal {
	bad := func(code, message string) *refusal { return refuse(http.StatusBadRequest, code, message) }
	for _, name := range []string{"Client-Id", "Request-Id", "Request-Timestamp", "Signature"} {
		if r.Header.Get(name) == "" {
			return bad("invalid_header_request", "Header "+name+" is required")
		}
	}
	written := r.Header.Get("Request-Timestamp")
	sent, ok := parseTimestamp(written)
	if !ok {
		return bad("invalid_header_request", "Invalid format Header Request-Timestamp")
	}
	if away := c.now.Sub(sent).Abs(); away > time.Hour {
		return bad("request_time_out_of_range", "Header Request-Timestamp is not in +- 3600 second of now")
	}
	if len(c.requestID) > 128 {
		return bad("invalid_header_request", "Header Request-Id maximum 128 characters")
	}
	if r.Header.Get("Client-Id") != s.cfg.ClientID {
		return bad("invalid_client_id", "Invalid Client-Id")
	}
	m := signed{s.cfg.ClientID, c.requestID, "Request-Timestamp", written, c.target, c.body}
	if !m.matches(s.cfg.SecretKey, r.Header.Get("Signature")) {
		return bad("invalid_signature", "Invalid Header Signature")
	}
	return nil
}

// answer applies the call once. The same Request-Id with the same bytes gets the first answer again
// with 409; with anything else it is refused. How long DOKU remembers is not known.
// A status check changes nothing, so what it was answered is remembered in memory only.
func (s *Simulator) answer(method string, c *call, do action) (status int, body []byte, err error) {
	keep := s.change
	if c.op == opStatus {
		keep = s.look
	}
	err = keep(func(st *state) error {
		first, ok := st.Answers[c.requestID]
		if !ok {
			first, ok = st.asked[c.requestID]
		}
		if ok {
			status = http.StatusConflict
			if first.Method == method && first.Target == c.target && first.Digest == digest(c.body) {
				body = []byte(first.Body)
				return nil
			}
			body = refuse(0, "idempotent_request", "Request-Id has been used by another request").body()
			return nil
		}
		var refused *refusal
		if body, refused = do(c, st); refused != nil {
			status, body = refused.status, refused.body()
		} else {
			status = http.StatusOK
		}
		made := &answer{method, c.target, digest(c.body), status, string(body), s.cfg.Now().UTC()}
		if c.op == opStatus {
			st.rememberAsked(c.requestID, made)
		} else {
			st.Answers[c.requestID] = made
		}
		return nil
	})
	return status, body, err
}

// send signs the answer over its exact bytes and writes it, unless a fault spoils that.
func (s *Simulator) send(w http.ResponseWriter, r *http.Request, c *call, status int, body []byte) {
	after := s.faultsAfter(c.op)
	s.pause(r, after.delay)
	m := signed{s.cfg.ClientID, c.requestID, "Response-Timestamp", timestamp(s.clock()), c.target, body}
	h := w.Header()
	h.Set("Client-Id", m.ClientID)
	h.Set("Request-Id", m.RequestID)
	h.Set("Response-Timestamp", m.Timestamp)
	h.Set("Signature", m.signature(s.cfg.SecretKey))
	after.spoil(h)
	if after.name != "" {
		s.log.Info("api answer broken by a fault", "operation", c.op, "fault", after.name)
	}
	switch after.name {
	case faultLoseAnswer:
		panic(http.ErrAbortHandler)
	case faultCutDuring:
		h.Set("Content-Type", "application/json")
		h.Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(status)
		w.Write(body[:len(body)/2])           //nolint:errcheck // cut anyway
		http.NewResponseController(w).Flush() //nolint:errcheck // cut anyway
		panic(http.ErrAbortHandler)
	case faultServerErrorAfter:
		writeJSON(w, int(after.rule.Value), refuse(0, "internal_server_error", "INTERNAL SERVER ERROR").body())
	default:
		writeJSON(w, status, body)
	}
}

// pause holds an answer back until d is over, the caller has gone, or Run has ended: a server that
// shuts down must not wait for a fault.
func (s *Simulator) pause(r *http.Request, d time.Duration) {
	if d <= 0 {
		return
	}
	s.mu.Lock()
	ended := s.ended
	s.mu.Unlock()
	wait := time.NewTimer(d)
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-r.Context().Done():
	case <-ended:
	}
}

func writeJSON(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(body) //nolint:errcheck // the reader has gone
}

func notFound(w http.ResponseWriter, r *http.Request) {
	writeJSON(w, http.StatusNotFound, compactJSON(struct {
		Message string `json:"message"`
	}{"No static resource " + strings.TrimPrefix(r.URL.Path, "/") + "."}))
}

// isCancel looks for status DELETE before the body has been trusted, only to know which fault applies.
func isCancel(body []byte) bool {
	f, err := readFields(body)
	if err != nil {
		return false
	}
	status, _ := f.value("online_to_offline_info.status")
	return status == "DELETE"
}

func baseURL(r *http.Request) string {
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	return scheme + r.Host
}
