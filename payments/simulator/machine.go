package simulator

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"
)

func (s *Simulator) routeMachine(mux *http.ServeMux) {
	mux.HandleFunc("POST /simulator/inquiry", s.machineInquiry)
	mux.HandleFunc("POST /simulator/pay", s.machinePay)
	mux.HandleFunc("GET /simulator/codes", s.machineCodes)
	mux.HandleFunc("GET /simulator/deliveries", s.machineDeliveries)
	mux.HandleFunc("POST /simulator/resend", s.machineResend)
	mux.HandleFunc("GET /simulator/faults", s.machineFaults)
	mux.HandleFunc("POST /simulator/faults", s.machineSetFault)
	mux.HandleFunc("GET /simulator/urls", s.machineURLs)
	mux.HandleFunc("POST /simulator/urls", s.machineSetURLs)
}

// machineError answers {"error":{"code","message"}}.
func machineError(w http.ResponseWriter, status int, code, message string) {
	writeJSON(w, status, compactJSON(map[string]any{"error": map[string]string{"code": code, "message": message}}))
}

// readMachine decodes a JSON body and refuses unknown keys, so that a mistyped test fails.
func readMachine(w http.ResponseWriter, r *http.Request, into any) bool {
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		machineError(w, http.StatusBadRequest, "bad_request", err.Error())
		return false
	}
	return true
}

func refusedMachine(w http.ResponseWriter, refused *tillRefusal) {
	status := http.StatusConflict
	if refused.Reason == refusedNotFound {
		status = http.StatusNotFound
	}
	machineError(w, status, refused.Reason, phrases(langEN).refusal(refused))
}

type machineBill struct {
	Code      string    `json:"code"`
	Inquiry   string    `json:"inquiry"`
	Mode      string    `json:"mode"`
	Invoice   string    `json:"invoice"`
	Amount    int64     `json:"amount"`
	Name      string    `json:"name"`
	Info      string    `json:"info"`
	ExpiresAt time.Time `json:"expires_at"`
}

func (s *Simulator) machineInquiry(w http.ResponseWriter, r *http.Request) {
	var in struct{ Code, Agent, Store string }
	if !readMachine(w, r, &in) {
		return
	}
	q := s.inquire(r.Context(), in.Code, in.Agent, in.Store)
	if q.refused != nil {
		refusedMachine(w, q.refused)
		return
	}
	b := q.bill
	writeJSON(w, http.StatusOK, compactJSON(machineBill{b.Number, q.id, b.Mode, b.Invoice, b.Amount, b.Name, b.Info, b.ExpiresAt}))
}

type machineReceipt struct {
	Receipt    string    `json:"receipt"`
	Code       string    `json:"code"`
	Mode       string    `json:"mode"`
	Invoice    string    `json:"invoice"`
	Amount     int64     `json:"amount"`
	Agent      string    `json:"agent"`
	Store      string    `json:"store"`
	Trx        string    `json:"trx"`
	Date       time.Time `json:"date"`
	Deliveries []string  `json:"deliveries"`
}

func (s *Simulator) machinePay(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Code, Agent, Store, Trx, Inquiry string
		Amount                           int64
		Date                             time.Time
		Force                            bool
	}
	if !readMachine(w, r, &in) {
		return
	}
	if in.Amount < 0 {
		machineError(w, http.StatusBadRequest, "bad_request", "amount must not be negative")
		return
	}
	made, err := s.pay(r.Context(), purchase{in.Code, in.Agent, in.Store, in.Trx, in.Amount, in.Date, in.Force, in.Inquiry})
	var refused *tillRefusal
	if errors.As(err, &refused) {
		refusedMachine(w, refused)
		return
	}
	if err != nil {
		s.log.Error("payment not stored", "error", err)
		machineError(w, http.StatusInternalServerError, "not_stored", "the payment could not be stored")
		return
	}
	p := made.Payment
	writeJSON(w, http.StatusOK, compactJSON(machineReceipt{
		made.ID, made.Code.Number, made.Code.Mode, made.Code.Invoice,
		p.Amount, p.Agent, p.Store, p.Trx, p.Date, made.Deliveries,
	}))
}

// Pay pays a code at the till, as POST /simulator/pay does with the code alone.
func (s *Simulator) Pay(ctx context.Context, code string) error {
	_, err := s.pay(ctx, purchase{Code: code})
	return err
}

type machineCode struct {
	paymentCode
	Status string `json:"status"`
}

func (s *Simulator) machineCodes(w http.ResponseWriter, _ *http.Request) {
	codes := []machineCode{}
	var body []byte
	s.look(func(st *state) error { //nolint:errcheck // fn returns nil
		now := s.clockLocked()
		for _, c := range st.Codes {
			codes = append(codes, machineCode{*c, c.status(now)})
		}
		body = compactJSON(map[string]any{"codes": codes})
		return nil
	})
	writeJSON(w, http.StatusOK, body)
}

func (s *Simulator) machineDeliveries(w http.ResponseWriter, _ *http.Request) {
	var body []byte
	s.look(func(st *state) error { //nolint:errcheck // fn returns nil
		list := st.Deliveries
		if list == nil {
			list = []*delivery{}
		}
		body = compactJSON(map[string]any{"deliveries": list})
		return nil
	})
	writeJSON(w, http.StatusOK, body)
}

func (s *Simulator) machineResend(w http.ResponseWriter, r *http.Request) {
	var in struct{ Delivery string }
	if !readMachine(w, r, &in) {
		return
	}
	if !s.resend(in.Delivery) {
		machineError(w, http.StatusNotFound, "not_found", "no such delivery")
		return
	}
	writeJSON(w, http.StatusAccepted, compactJSON(map[string]string{"delivery": in.Delivery}))
}

type machineFault struct {
	faultRule
	Title       string `json:"title"`
	Description string `json:"description"`
}

func (s *Simulator) machineFaults(w http.ResponseWriter, _ *http.Request) {
	list := []machineFault{}
	s.look(func(st *state) error { //nolint:errcheck // fn returns nil
		for _, spec := range faultTable {
			rule := faultRule{Name: spec.name, Value: spec.value}
			if set := st.Faults[spec.name]; set != nil {
				rule = *set
			}
			list = append(list, machineFault{rule, spec.title.EN, spec.does.EN})
		}
		return nil
	})
	writeJSON(w, http.StatusOK, compactJSON(map[string]any{"faults": list}))
}

func (s *Simulator) machineSetFault(w http.ResponseWriter, r *http.Request) {
	var in struct {
		faultRule
		Reset bool `json:"reset"`
	}
	if !readMachine(w, r, &in) {
		return
	}
	var err error
	if in.Reset {
		err = s.resetFaults()
	}
	if in.Name != "" || !in.Reset {
		if set := s.setFault(in.faultRule); err == nil {
			err = set
		}
	}
	if err != nil {
		machineError(w, http.StatusUnprocessableEntity, "bad_fault", err.Error())
		return
	}
	s.machineFaults(w, r)
}

type machineAddresses struct {
	Notification string `json:"notification"`
	Inquiry      string `json:"inquiry"`
}

func (s *Simulator) machineURLs(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	urls := machineAddresses{s.notificationURL, s.inquiryURL}
	s.mu.Unlock()
	writeJSON(w, http.StatusOK, compactJSON(urls))
}

func (s *Simulator) machineSetURLs(w http.ResponseWriter, r *http.Request) {
	var in machineAddresses
	if !readMachine(w, r, &in) {
		return
	}
	for _, address := range []string{in.Notification, in.Inquiry} {
		if !callable(address) {
			machineError(w, http.StatusUnprocessableEntity, "bad_url", "an address must begin with http:// or https://")
			return
		}
	}
	s.SetURLs(in.Notification, in.Inquiry)
	s.wake()
	s.machineURLs(w, r)
}
