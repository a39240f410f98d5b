package handlers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"kodebayar/payments"
)

// callbackTime is how long a callback may wait for the store: what is not
// stored by then is answered 503 within the five seconds that DOKU is promised.
const callbackTime = 4500 * time.Millisecond

// patiently bounds a callback by time alone. A sender that closes its own side
// after the request looks like one that left, and still reads the answer.
func patiently(v *visit) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(v.ctx()), callbackTime)
}

// delivery reads a callback: the bytes as they came, for those are what was
// signed.
func delivery(v *visit) (payments.Delivery, error) {
	r := v.Request()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return payments.Delivery{}, err
		}
		return payments.Delivery{}, &refusal{status: http.StatusBadRequest, title: text{en: "the body was cut off"}}
	}
	return payments.Delivery{Method: r.Method, Path: r.URL.EscapedPath(), Header: r.Header, Body: body, From: v.RealIP()}, nil
}

// notification takes DOKU's HTTP Notification: 200 once it is stored.
func (s *Server) notification(v *visit) error {
	d, err := delivery(v)
	if err != nil {
		return err
	}
	if done, err := s.probed(v, d, s.NotificationPath); done {
		return err
	}
	ctx, cancel := patiently(v)
	defer cancel()
	if err := s.Service.Notification(ctx, d); err != nil {
		return fmt.Errorf("take a notification: %w", err)
	}
	return s.text(v, http.StatusOK, "OK")
}

// inquiry answers DOKU's question about a code while the customer stands at
// the till.
func (s *Server) inquiry(v *visit) error {
	d, err := delivery(v)
	if err != nil {
		return err
	}
	if done, err := s.probed(v, d, s.InquiryPath); done {
		return err
	}
	ctx, cancel := patiently(v)
	defer cancel()
	reply, err := s.Service.Inquiry(ctx, d)
	if err != nil {
		return fmt.Errorf("answer an inquiry: %w", err)
	}
	// The bytes were signed: they go out as they are.
	for name, values := range reply.Header {
		v.Response().Header()[name] = values
	}
	v.Response().WriteHeader(reply.StatusCode)
	_, _ = v.Response().Write(reply.Body) // a caller who has left asks again
	return nil
}
