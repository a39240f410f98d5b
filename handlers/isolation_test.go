package handlers

import (
	archive "archive/zip"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"kodebayar/payments"
)

// secretsOf are what a page could betray a code by, besides its id.
func secretsOf(c payments.Code) []string {
	return []string{
		c.ID, c.PaymentCode, fours(c.PaymentCode), c.InvoiceNumber, c.Token, c.CustomerName, c.CustomerPhone, c.CustomerEmail, c.Note,
		grouped(c.Amount), fmt.Sprint(c.Amount),
	}
}

// unpacked is an answer's text, also of a workbook, which is an archive.
func (a answer) unpacked(t *testing.T) string {
	t.Helper()
	if !strings.HasPrefix(a.body, "PK") {
		return a.body
	}
	book := must(archive.NewReader(bytes.NewReader([]byte(a.body)), int64(len(a.body))))
	var all strings.Builder
	for _, f := range book.File {
		r := must(f.Open())
		must(io.Copy(&all, r))
		r.Close()
	}
	return all.String()
}

// TestACashierSeesOnlyOwnCodes walks every route that is read, with whatever
// names another cashier's code in its path and its query, and listens to every
// stream: nothing of that code is anywhere. A route added to the table is walked
// too.
func TestACashierSeesOnlyOwnCodes(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		sari, budi, boss := s.member("sari", payments.Cashier), s.member("budi", payments.Cashier), s.member("ibu", payments.Owner)
		form := budi.codeForm()
		for name, value := range map[string]string{
			"amount": "3.217.654", "customer_name": "Rahasia Bambang", "customer_phone": "0857 9999 1111", "customer_email": "rahasia@bambang.id",
			"note": "catatan rahasia", "invoice_number": "RAHASIA-77", "expires_in": "60",
		} {
			form.Set(name, value)
		}
		theirs := budi.issueWith(form)
		mine := sari.issue()
		s.buy(theirs.PaymentCode)
		s.eventually("paid", func() bool { return must(s.Store.Code(t.Context(), theirs.ID)).Status == payments.Paid })
		for _, c := range []payments.Code{mine, theirs} {
			s.puzzle(c, payments.Attention{ID: "a-" + c.ID, Kind: payments.LatePayment})
			s.keep(payments.Exchange{ID: "x-" + c.ID, Kind: "status", Direction: payments.Outgoing, CodeID: c.ID, Verdict: "done"})
			s.handIn(c)
			later := []payments.LaterLine{{CodeID: c.ID, Invoice: c.InvoiceNumber, Amount: c.Amount, At: s.Now()}}
			if err := s.Store.Update(t.Context(), func(tx payments.Tx) error {
				return tx.InsertClosing(&payments.Closing{
					ID: "z-" + c.ID, Environment: c.Environment, Staff: c.CreatedBy, Number: 1, FormID: "z" + c.ID, MadeBy: c.CreatedBy, At: s.Now(), Note: "untuk " + c.CustomerName,
					Shift: payments.Shift{Later: 1, LaterTotal: c.Amount, LaterLines: later},
				})
			}); err != nil {
				t.Fatal(err)
			}
		}

		searches := append(secretsOf(theirs), "Rahasia", "bamb", "rahasia-77", "RAHASIA", "085799991111", "62857", "3217654", "Rp3.217.654", "3.217.654",
			theirs.PaymentCode[len(theirs.PaymentCode)-6:], theirs.PaymentCode[:8], theirs.CustomerPhone[len(theirs.CustomerPhone)-4:])
		queries := []string{""}
		for _, tab := range []string{"unpaid", "paid", "attention", "all"} {
			queries = append(queries, "tab="+tab)
		}
		for _, words := range searches {
			queries = append(queries, "q="+url.QueryEscape(words))
		}
		queries = append(queries,
			"before=zzz", "after=0", "before="+theirs.ID, "after="+theirs.ID, "from="+theirs.ID, "code="+theirs.ID, "code="+theirs.PaymentCode,
			"code="+url.QueryEscape(s.home+"/pay/"+theirs.Token), "cashier="+theirs.CreatedBy, "staff="+theirs.CreatedBy, "by="+theirs.CreatedBy,
			"status=paid", "state=paid", "min=3217654&max=3217654", "amount=3217654")

		walked := 0
		table := routes("/doku/notifications", "/doku/inquiries")
		for i := range table {
			rt := &table[i]
			if rt.method != http.MethodGet || rt.public {
				continue
			}
			paths := []string{rt.concrete(theirs)}
			if own := rt.concrete(mine); own != paths[0] {
				paths = append(paths, own)
			}
			for _, path := range paths {
				for _, query := range queries {
					link := path
					if query != "" {
						link += map[bool]string{true: "&", false: "?"}[strings.Contains(path, "?")] + query
					}
					if rt.kind == stream {
						continue // below
					}
					a := sari.get(link)
					walked++
					text := a.unpacked(t)
					// What was asked for comes back in the field it was asked in, and in
					// the links of the same list.
					asked := must(url.ParseQuery(query))
					for _, secret := range secretsOf(theirs) {
						echoed := strings.Contains(path, secret)
						for _, values := range asked {
							echoed = echoed || strings.Contains(strings.ToLower(values[0]), strings.ToLower(secret)) || strings.Contains(values[0], strings.ReplaceAll(secret, ".", ""))
						}
						if strings.Contains(text, secret) && !echoed {
							t.Errorf("GET %s shows %q", link, secret)
						}
					}
					if len(a.elements("data-status")) > 0 && strings.HasPrefix(query, "q=") && strings.HasPrefix(path, "/transactions") {
						for _, row := range a.elements("data-status") {
							t.Errorf("GET %s finds %v", link, row)
						}
					}
					if query == "" && (a.status == http.StatusForbidden || a.status == http.StatusNotFound) {
						break // the same whatever is asked
					}
				}
			}
		}
		if walked < 400 {
			t.Errorf("only %d pages were walked", walked)
		}

		// What the searches find nothing by, they find for the owner.
		for _, words := range []string{theirs.PaymentCode, "rahasia-77", "Bambang", "3.217.654"} {
			a := boss.get("/transactions?q=" + url.QueryEscape(words))
			if !slices.ContainsFunc(a.elements("data-invoice"), func(e map[string]string) bool { return e["data-invoice"] == theirs.InvoiceNumber }) {
				t.Errorf("the owner does not find %q: the walk proves nothing by it", words)
			}
		}

		// Streams: what comes when the other code changes.
		seq := must(s.Store.LastSeq(t.Context()))
		for _, page := range []string{"counter", "transactions", "transactions&tab=attention", "transactions&q=Rahasia", "transactions&q=" + theirs.PaymentCode} {
			for _, after := range []int64{0, seq} {
				l := sari.listen(fmt.Sprintf("/events?page=%s&after=%d", page, after), nil)
				if l.status != http.StatusOK {
					t.Fatalf("the stream of %s: %d", page, l.status)
				}
				budi.post("/codes/"+theirs.ID+"/notes", url.Values{"note": {"catatan rahasia"}})
				sari.post("/codes/"+mine.ID+"/notes", url.Values{"note": {"penanda"}})
				for _, e := range l.until(mine.ID) {
					for _, secret := range secretsOf(theirs) {
						if strings.Contains(e.name+e.data, secret) && !strings.Contains(page, secret) {
							t.Errorf("the stream of %s from %d shows %q", page, after, secret)
						}
					}
				}
				l.close()
			}
		}
	})
}

// until gathers events up to one that names the words, or to the first quiet
// moment of a page that does not show them.
func (l *listener) until(words string) (all []event) {
	l.t.Helper()
	for {
		select {
		case e := <-l.events:
			all = append(all, e)
			if strings.Contains(e.name+e.data, words) {
				return all
			}
		case <-l.ended:
			return all
		case <-time.After(300 * time.Millisecond): // what is late is missed, nothing is failed by it
			return all
		}
	}
}
