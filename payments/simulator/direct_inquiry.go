package simulator

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// The ids of the Alfa channel, the same in every message.
const (
	serviceID  = "ONLINE_TO_OFFLINE"
	acquirerID = "ALFA"
	channelID  = "ONLINE_TO_OFFLINE_ALFA"
)

// directInquiry is what DOKU posts to the merchant's inquiry URL (guide, "Receive Inquiry Request").
type directInquiry struct {
	Service  named       `json:"service"`
	Acquirer named       `json:"acquirer"`
	Channel  named       `json:"channel"`
	Info     paymentInfo `json:"online_to_offline_info"`
	Inquiry  struct {
		Date       string       `json:"date"`
		Identifier []identifier `json:"identifier"`
	} `json:"online_to_offline_inquiry"`
}

type paymentInfo struct {
	PaymentCode string `json:"payment_code"`
}

// directExchange keeps both sides of a direct inquiry for the console under the till.
type directExchange struct {
	URL      string
	Request  string
	Status   int
	Answer   string
	Took     time.Duration
	Verified bool
}

// callTimeout bounds a call to the merchant. DOKU publishes no number.
const callTimeout = 10 * time.Second

func (s *Simulator) inquireMerchant(ctx context.Context, q *inquiry, url, agent, store string) {
	ask := directInquiry{
		Service: named{serviceID}, Acquirer: named{acquirerID}, Channel: named{channelID},
		Info: paymentInfo{q.number},
	}
	now := s.clock()
	ask.Inquiry.Date = timestamp(now)
	ask.Inquiry.Identifier = []identifier{}
	if agent != "" {
		ask.Inquiry.Identifier = append(ask.Inquiry.Identifier, identifier{"AGENT_ID", agent})
	}
	if store != "" {
		ask.Inquiry.Identifier = append(ask.Inquiry.Identifier, identifier{"AGENT_STORE_ID", store})
	}
	m := signed{s.cfg.ClientID, newID(), "Request-Timestamp", timestamp(now), targetOf(url), compactJSON(ask)}
	signature := m.signature(s.cfg.SecretKey)
	s.look(func(st *state) error { //nolint:errcheck // fn returns nil
		if st.fires(faultInquiryWrongSignature, "") != nil {
			signature = spoiled(signature)
		}
		return nil
	})
	q.direct = &directExchange{URL: url, Request: string(m.Body)}
	reply, err := s.post(ctx, url, m, signature)
	q.direct.Took = reply.took
	if err != nil {
		s.log.Warn("direct inquiry without answer", "error", err)
		q.refused = &tillRefusal{refusedUnreachable, err.Error()}
		return
	}
	q.direct.Status, q.direct.Answer = reply.status, string(reply.body)
	s.log.Info("direct inquiry", "status", reply.status, "took", reply.took)
	q.bill, q.refused = s.readDirectAnswer(q, m, reply)
	q.direct.Verified = q.refused == nil || q.refused.Reason != refusedUnsigned && q.refused.Reason != refusedBadSignature
}

// directStatuses are the answers of the guide's table with their HTTP status.
var directStatuses = map[string]struct {
	http    int
	refused string
}{
	"success":              {http.StatusOK, ""},
	"decline":              {http.StatusBadRequest, refusedDeclined},
	"billing_already_paid": {http.StatusBadRequest, refusedPaid},
	"billing_was_expired":  {http.StatusBadRequest, refusedExpired},
	"billing_not_found":    {http.StatusNotFound, refusedNotFound},
	"invalid_signature":    {http.StatusUnauthorized, refusedOurSignature},
}

// readDirectAnswer verifies and reads what the merchant said. Signature first, over the bytes received.
func (s *Simulator) readDirectAnswer(q *inquiry, asked signed, a reply) (*paymentCode, *tillRefusal) {
	bad := func(format string, args ...any) (*paymentCode, *tillRefusal) {
		return nil, &tillRefusal{refusedBadAnswer, fmt.Sprintf(format, args...)}
	}
	written, signature := a.header.Get("Response-Timestamp"), a.header.Get("Signature")
	if signature == "" || written == "" {
		return nil, &tillRefusal{refusedUnsigned, "Response-Timestamp and Signature are required, HTTP " + fmt.Sprint(a.status)}
	}
	m := signed{s.cfg.ClientID, asked.RequestID, "Response-Timestamp", written, asked.Target, a.body}
	if !m.matches(s.cfg.SecretKey, signature) {
		return nil, &tillRefusal{refusedBadSignature, "Signature does not match the bytes of the answer"}
	}
	if a.header.Get("Client-Id") != s.cfg.ClientID || a.header.Get("Request-Id") != asked.RequestID {
		return bad("Client-Id and Request-Id must be the same as in the request")
	}
	if _, ok := parseTimestamp(written); !ok {
		return bad("invalid format Response-Timestamp %q", written)
	}
	f, err := readFields(a.body)
	if err != nil {
		return bad("%v", err)
	}
	status := f.mandatoryText("online_to_offline_inquiry.status", 64)
	known, ok := directStatuses[status]
	switch {
	case !ok:
		return bad("unknown online_to_offline_inquiry.status %q", status)
	case known.http != a.status:
		return bad("online_to_offline_inquiry.status %s goes with HTTP %d, not %d", status, known.http, a.status)
	case known.refused != "":
		return nil, &tillRefusal{Reason: known.refused}
	}
	bill := &paymentCode{
		Number:     f.mandatoryText("online_to_offline_info.payment_code", 20),
		Mode:       modeDIPC,
		RequestID:  asked.RequestID, // what a notification of such a payment calls original_request_id is not known
		Invoice:    f.mandatoryText("order.invoice_number", 64),
		Amount:     f.mandatoryNumber("order.amount", 12),
		Info:       f.text("online_to_offline_info.info", 30),
		Name:       f.mandatoryText("customer.name", 64),
		Email:      f.text("customer.email", 128),
		Footer:     f.text(footerField, 120),
		Insurance:  f.insurance(),
		Additional: f.object("additional_info"),
		CreatedAt:  q.at.UTC(),
		ExpiresAt:  q.at.Add(inquiryLifetime).UTC(),
	}
	if bill.Info == "" {
		bill.Info = f.text("online_to_offline_info.info1", 30) // so named in the guide's sample
	}
	if bill.Number != "" && bill.Number != q.number {
		f.problem("online_to_offline_info.payment_code", "must be the same as in the request")
	}
	if len(f.problems) > 0 {
		return bad("%s", strings.Join(f.problems, ", "))
	}
	return bill, nil
}

// reply is what a merchant answered to a callback.
type reply struct {
	status int
	header http.Header
	body   []byte
	took   time.Duration
}

// maxReply bounds what is kept of a merchant's answer.
const maxReply = 64 << 10

// post sends a signed callback. A redirect is an answer like any other: DOKU signs one path.
func (s *Simulator) post(ctx context.Context, url string, m signed, signature string) (reply, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	started := time.Now()
	took := func() time.Duration { return time.Since(started) }
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(m.Body))
	if err != nil {
		return reply{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Client-Id", m.ClientID)
	req.Header.Set("Request-Id", m.RequestID)
	req.Header.Set(m.TimestampHeader, m.Timestamp)
	req.Header.Set("Signature", signature)
	resp, err := s.client.Do(req)
	if err != nil {
		return reply{took: took()}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxReply+1))
	if err != nil {
		return reply{took: took()}, err
	}
	if len(body) > maxReply {
		return reply{took: took()}, errors.New("answer is larger than 64 KB")
	}
	return reply{resp.StatusCode, resp.Header, body, took()}, nil
}
