package simulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// state is all that outlives a request. It changes only inside Simulator.change.
type state struct {
	Codes      []*paymentCode        `json:"codes"`
	Receipts   []*receipt            `json:"receipts"`
	Deliveries []*delivery           `json:"deliveries"`
	Answers    map[string]*answer    `json:"answers"` // by Request-Id
	Faults     map[string]*faultRule `json:"faults"`
	Sequence   int64                 `json:"sequence"`

	asked map[string]*answer // to status checks, by Request-Id; forgotten at restart
}

// answer is what a Request-Id was answered with, kept so that the same request gets it again.
type answer struct {
	Method string    `json:"method"`
	Target string    `json:"target"`
	Digest string    `json:"digest"`
	Status int       `json:"status"`
	Body   string    `json:"body"`
	At     time.Time `json:"at"`
}

// How much is kept. Each change writes the whole state, so what nobody will ask for again has to go.
const (
	keepAnswers    = 5000
	keepDeliveries = 1000
	keepReceipts   = 2000
	keepCodes      = 5000
)

func newState() state {
	return state{Answers: map[string]*answer{}, Faults: map[string]*faultRule{}, asked: map[string]*answer{}}
}

func readState(file string) (state, error) {
	st := newState()
	if file == "" {
		return st, nil
	}
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return st, nil
	}
	if err != nil {
		return st, fmt.Errorf("simulator: reading state: %w", err)
	}
	if err := json.Unmarshal(data, &st); err != nil {
		return st, fmt.Errorf("simulator: reading state %s: %w", file, err)
	}
	if st.Answers == nil {
		st.Answers = map[string]*answer{}
	}
	if st.Faults == nil {
		st.Faults = map[string]*faultRule{}
	}
	return st, nil
}

// change runs fn alone and returns once what it did is on disk. fn must look before it touches:
// an error from it is passed on, and nothing is undone.
func (s *Simulator) change(fn func(*state) error) error {
	s.mu.Lock()
	err := fn(&s.state)
	s.version++
	version := s.version
	s.mu.Unlock()
	if err != nil {
		return err
	}
	return s.persist(version)
}

// look runs fn alone and writes nothing; fn must not keep what it sees.
func (s *Simulator) look(fn func(*state) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return fn(&s.state)
}

func (st *state) rememberAsked(requestID string, a *answer) {
	if len(st.asked) >= keepAnswers {
		clear(st.asked)
	}
	st.asked[requestID] = a
}

// next counts up for the whole simulator: receipts, deliveries and till transactions.
func (st *state) next() int64 {
	st.Sequence++
	return st.Sequence
}

// persist returns when a file at least as new as version is on disk. Requests that wait behind a
// write are all carried by the next one.
func (s *Simulator) persist(version int64) error {
	if s.cfg.StateFile == "" {
		return nil
	}
	s.saving.Lock()
	defer s.saving.Unlock()
	if s.saved >= version {
		return nil
	}
	s.mu.Lock()
	s.state.prune()
	data, err := json.Marshal(&s.state)
	version = s.version
	s.mu.Unlock()
	if err != nil {
		return fmt.Errorf("simulator: writing state: %w", err)
	}
	if err := replaceFile(s.cfg.StateFile, data); err != nil {
		return fmt.Errorf("simulator: writing state: %w", err)
	}
	s.saved = version
	return nil
}

// replaceFile leaves either the old file or the new one, whole, whenever the machine stops.
func replaceFile(name string, data []byte) error {
	dir := filepath.Dir(name)
	tmp, err := os.CreateTemp(dir, "."+filepath.Base(name)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(data)
	if err == nil {
		err = tmp.Sync()
	}
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), name); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

func (st *state) prune() {
	for len(st.Answers) > keepAnswers {
		oldest, at := "", time.Time{}
		for id, a := range st.Answers {
			if oldest == "" || a.At.Before(at) {
				oldest, at = id, a.At
			}
		}
		delete(st.Answers, oldest)
	}
	if over := len(st.Receipts) - keepReceipts; over > 0 {
		st.Receipts = append([]*receipt(nil), st.Receipts[over:]...)
	}
	if over := len(st.Codes) - keepCodes; over > 0 {
		st.Codes = append([]*paymentCode(nil), st.Codes[over:]...)
	}
	for over := len(st.Deliveries) - keepDeliveries; over > 0; over-- {
		i := firstSettled(st.Deliveries)
		if i < 0 {
			return
		}
		st.Deliveries = append(st.Deliveries[:i:i], st.Deliveries[i+1:]...)
	}
}

func firstSettled(ds []*delivery) int {
	for i, d := range ds {
		if d.settled() {
			return i
		}
	}
	return -1
}
