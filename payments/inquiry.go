package payments

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"kodebayar/payments/doku"
)

// InquiryReply is what DOKU gets for a direct inquiry, signed.
type InquiryReply struct {
	StatusCode int
	Header     http.Header
	Body       []byte
}

// Inquiry answers DOKU's question about a DIPC code while the customer stands
// at the till. It waits for nothing but the database; when that fails, the
// error tells the caller to answer 503, and what came in stays as evidence if
// anything can be stored at all.
func (s *Service) Inquiry(ctx context.Context, d Delivery) (InquiryReply, error) {
	x := s.incoming("inquiry", d)
	key, err := s.Verifier.Key(d.Header, s.InquiryPath, d.Body)
	if err != nil {
		s.keepUnverified(ctx, x, err)
		return s.reply(d, &x, s.DOKU.SecretKey, doku.InquiryAnswer{Status: doku.InquiryInvalidSignature})
	}
	x.Verdict = "verified"
	q, unreadable := doku.ParseInquiry(d.Body)
	var reply InquiryReply
	var effect error
	err = s.Store.Update(ctx, func(tx Tx) error {
		now := s.Now().UTC()
		answer := doku.InquiryAnswer{Status: doku.InquiryNotFound, PaymentCode: q.PaymentCode}
		if unreadable != nil {
			x.Verdict, x.Remark = "unreadable", unreadable.Error()
		} else if code, err := tx.CodeByNumber(ctx, s.Environment, q.PaymentCode); err == nil && code.Mode == DIPC {
			x.CodeID = code.ID
			settings, err := tx.Settings(ctx)
			if err != nil {
				return err
			}
			answer = inquiryAnswer(code, settings, now)
			effect = tx.Savepoint(func() error { return s.inquired(tx, code, answer.Status, q, x.ID, now) })
		} else if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		if effect != nil {
			x.StatusCode, x.Remark = http.StatusServiceUnavailable, "its effect could not be stored"
			return tx.InsertExchange(x)
		}
		var err error
		if reply, err = s.reply(d, &x, key, answer); err != nil {
			return err
		}
		return tx.InsertExchange(x)
	})
	if err == nil {
		err = effect // which, as reply, the writer may still write to otherwise
	}
	if err != nil {
		return InquiryReply{}, err
	}
	return reply, nil
}

// inquiryAnswer says whether the customer may pay, and if so what.
func inquiryAnswer(code Code, settings Settings, now time.Time) doku.InquiryAnswer {
	a := doku.InquiryAnswer{PaymentCode: code.PaymentCode, UseInfo1: settings.UseInfo1}
	switch {
	case code.Status == Paid:
		a.Status = doku.InquiryAlreadyPaid
	case code.Status == Expired, code.Status == Active && !code.ExpiresAt.IsZero() && !now.Before(code.ExpiresAt):
		a.Status = doku.InquiryExpired
	case code.Status != Active:
		a.Status = doku.InquiryDecline
	default:
		a.Status = doku.InquirySuccess
		a.InvoiceNumber, a.Amount, a.Info = code.InvoiceNumber, code.Amount, code.Info
		a.CustomerName, a.CustomerEmail = code.CustomerName, code.CustomerEmail
		a.FooterMessage, a.Insurance, a.Settlement = code.FooterMessage, code.Insurance, code.Settlement
		// It comes back in the notification, as evidence for whoever reads it.
		a.Additional = map[string]string{"code": code.ID}
	}
	return a
}

// inquired notes that a customer stands at a till.
func (s *Service) inquired(tx Tx, code Code, status doku.InquiryStatus, q doku.Inquiry, exchangeID string, now time.Time) error {
	detail := map[string]string{"answer": string(status)}
	if q.Agent != "" {
		detail["agent"] = q.Agent
	}
	if q.Store != "" {
		detail["store"] = q.Store
	}
	if status == doku.InquirySuccess {
		detail["amount"] = strconv.FormatInt(code.Amount, 10)
		code.InquiredAt = now
		code.CheckAt = now.Add(certainAfter)
		if err := tx.UpdateCode(&code); err != nil {
			return err
		}
	}
	return tx.Append(Event{At: now, CodeID: code.ID, Kind: EventInquired, Actor: ActorDOKU, Cause: exchangeID, Detail: detail})
}

// reply signs an answer and adds it to the evidence. The key is the one that DOKU
// asked with: while it is rolled DOKU may still hold the previous one.
func (s *Service) reply(d Delivery, x *Exchange, key string, a doku.InquiryAnswer) (InquiryReply, error) {
	body, err := a.Body()
	if err != nil {
		return InquiryReply{}, err
	}
	r := InquiryReply{StatusCode: a.HTTPStatus(), Header: http.Header{"Content-Type": {"application/json"}}, Body: body}
	doku.SignResponse(r.Header, s.DOKU.ClientID, key, d.Header.Get("Request-Id"), s.InquiryPath, s.Now(), body)
	x.StatusCode, x.ResponseHeader, x.ResponseBody = r.StatusCode, headerLines(r.Header), body
	return r, nil
}
