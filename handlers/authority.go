package handlers

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"

	"golang.org/x/crypto/acme/autocert"

	"kodebayar/db"
)

// kept is autocert's cache in the database. autocert forgets some errors and
// shows others to strangers, so they are logged here and answered bare.
type kept struct {
	store *db.DB
	log   *slog.Logger
	of    string
}

var errKept = errors.New("what is kept of certificates is out of reach")

func (k kept) Get(ctx context.Context, name string) ([]byte, error) {
	data, err := k.store.ACME(ctx, k.of+name)
	if errors.Is(err, db.ErrNotFound) {
		return nil, autocert.ErrCacheMiss
	}
	return data, k.bare(err)
}

func (k kept) Put(ctx context.Context, name string, data []byte) error {
	return k.bare(k.store.SetACME(ctx, k.of+name, data))
}

func (k kept) Delete(ctx context.Context, name string) error {
	return k.bare(k.store.SetACME(ctx, k.of+name, nil))
}

func (k kept) bare(err error) error {
	if err == nil {
		return nil
	}
	k.log.Error(errKept.Error(), "error", err)
	return errKept
}

// overheard logs what the authority refuses, and why: autocert answers neither
// the reason of a failed challenge nor that of a failed renewal.
type overheard struct {
	log  *slog.Logger
	mu   sync.Mutex
	told map[string]bool
}

// problem is RFC 8555's, section 6.7.
type problem struct{ Type, Detail string }

func (o *overheard) RoundTrip(r *http.Request) (*http.Response, error) {
	a, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		o.tell("", problem{Type: "unreachable", Detail: err.Error()})
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(a.Body, 1<<20))
	a.Body.Close()
	if err != nil {
		return nil, err
	}
	a.Body = io.NopCloser(bytes.NewReader(body))
	var said struct { // an error, an order, or an authorization
		problem
		Error      *problem
		Challenges []struct {
			Type  string
			Error *problem
		}
	}
	if json.Unmarshal(body, &said) != nil {
		return a, nil // a certificate
	}
	if a.StatusCode >= 400 {
		o.tell("", said.problem)
	}
	if said.Error != nil {
		o.tell("", *said.Error)
	}
	for _, c := range said.Challenges {
		if c.Error != nil {
			o.tell(c.Type, *c.Error)
		}
	}
	return a, nil
}

// tell logs a problem once until the certificate is looked at again: what failed
// is asked for several times.
func (o *overheard) tell(challenge string, p problem) {
	if strings.HasSuffix(p.Type, ":badNonce") {
		return // happens, and is tried again at once
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if line := challenge + p.Type + p.Detail; !o.told[line] {
		o.told[line] = true
		o.log.Warn("the certificate authority refuses", "type", cmp.Or(p.Type, "unknown"), "challenge", cmp.Or(challenge, "none"), "detail", p.Detail)
	}
}

func (o *overheard) forget() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.told = map[string]bool{}
}
