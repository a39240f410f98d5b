package db_test

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"kodebayar/db"
	"kodebayar/db/dbtest"
	"kodebayar/payments"
	"kodebayar/payments/doku"
)

const planted = "Zubaidah"

// TestRetention blanks whom it may, everywhere, leaves money and chain whole, and
// nobody else alone.
func TestRetention(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, address string) {
		var blanking atomic.Pointer[context.CancelFunc] // called with the next commit
		d.Observe = func(int, time.Duration, bool) {
			if cancel := blanking.Swap(nil); cancel != nil {
				(*cancel)()
			}
		}
		now := time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC)
		old, fresh := now.AddDate(0, -13, 0), now.AddDate(0, -11, 0)
		if err := d.ChangeSettings(t.Context(), payments.ActorShell, old, func(s *payments.Settings) error { s.RetentionMonths = 12; return nil }); err != nil {
			t.Fatal(err)
		}
		made := map[string]payments.Code{}
		make := func(name string, at time.Time, change func(*payments.Code)) {
			t.Helper()
			c := payments.Code{
				ID: payments.NewIDAt(at), Environment: payments.Sandbox, Mode: payments.DGPC, Status: payments.Expired, InvoiceNumber: "INV-" + name, PaymentCode: "88991" + fmt.Sprint(len(made)), Amount: 50_000,
				CustomerName: planted + " " + name, CustomerPhone: "081299887766", CustomerEmail: strings.ToLower(planted) + "@example.id", Note: "untuk " + planted,
				CreatedBy: "sari", CreatedAt: at, ExpiresAt: at.Add(time.Hour), Token: "t" + name, FormID: "f" + name, Version: 1,
			}
			c.Options.Info, c.Options.Insurance = planted, &doku.Insurance{PolicyAccountName: planted}
			if change != nil {
				change(&c)
			}
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				if ok, err := tx.InsertCode(c); err != nil || !ok {
					return fmt.Errorf("insert %v: %w", ok, err)
				}
				for _, e := range []payments.Event{
					{At: at, CodeID: c.ID, Kind: payments.EventCreated, Actor: "staff:sari", Detail: map[string]string{"customer_name": c.CustomerName}},
					{At: at, CodeID: c.ID, Kind: payments.EventPaid, Actor: payments.ActorDOKU, Detail: map[string]string{"amount": "50000"}},
				} {
					if err := tx.Append(e); err != nil {
						return err
					}
				}
				if err := tx.InsertExchange(payments.Exchange{ID: "x" + c.ID, At: at, Direction: payments.Outgoing, Kind: "create", CodeID: c.ID, Method: "POST", URL: "/", RequestBody: []byte(planted), ResponseBody: []byte(planted), Verdict: "done"}); err != nil {
					return err
				}
				if err := tx.InsertCall(payments.Call{RequestID: "r" + c.ID, CodeID: c.ID, Kind: payments.CallCreate, Body: []byte(planted), MadeAt: at, Outcome: payments.Done, Change: &payments.Change{CustomerName: planted}}); err != nil {
					return err
				}
				return tx.SetInstructions(c.ID, []string{"Halo " + planted})
			})
			if err != nil {
				t.Fatal(name, err)
			}
			made[name] = c
		}
		for i := range 60 { // more than one change takes
			make(fmt.Sprint("over", i), old.Add(time.Duration(i)*time.Second), nil)
		}
		keep := map[string]func(*payments.Code){
			"live":   func(c *payments.Code) { c.Status = payments.Active },
			"looked": func(c *payments.Code) { c.Attention = 1 },
			"review": func(c *payments.Code) { c.Review = 1 },
			"paid":   func(c *payments.Code) { c.PaidAt = fresh },
		}
		for name, change := range keep {
			make(name, old, change)
		}
		make("young", fresh, nil)
		// What never became a code.
		if err := d.AddStaff(t.Context(), payments.Staff{ID: "sari", Email: "s@x.id", Name: "S", Role: payments.Cashier, PasswordHash: "x"}, payments.ActorShell); err != nil {
			t.Fatal(err)
		}
		if err := d.Write(t.Context(), func(tx *db.Tx) error {
			for i, b := range []payments.Batch{{State: payments.BatchDone}, {State: payments.BatchStopped}, {State: payments.BatchRunning}, {State: payments.BatchStopped, MadeAt: fresh}} {
				b.ID, b.FormID = fmt.Sprint("b", i), fmt.Sprint("bf", i)
				b.Environment, b.MadeBy, b.MadeAt, b.Lines = payments.Sandbox, "sari", cmp.Or(b.MadeAt, old), 1
				if err := tx.InsertBatch(b); err != nil {
					return err
				}
				l := payments.BatchLine{BatchID: b.ID, Line: 2, Order: payments.Order{FormID: fmt.Sprint("bl", i), CustomerName: planted, CustomerPhone: "081299887766"}}
				if err := tx.InsertBatchLine(l); err != nil {
					return err
				}
			}
			for name, at := range map[string]time.Time{"stray": old, "waits": old, "solved": old, "garbled": old, "guessed": old, "recent": fresh} {
				x := payments.Exchange{ID: payments.NewIDAt(at), At: at, Direction: payments.Incoming, Kind: "notification", Method: "POST", URL: "/", RequestBody: []byte(name + " " + planted), Verdict: "verified"}
				if err := tx.InsertExchange(x); err != nil {
					return err
				}
				look := payments.Attention{ID: "a " + name, ExchangeID: x.ID, OpenedAt: at}
				switch name { // an orphan is under review for ever, dealt with or not
				case "solved", "waits":
					look.Kind, look.PaymentID = payments.UnknownCode, "orphan "+name
					if err := tx.InsertPayment(payments.Payment{ID: look.PaymentID, Amount: 1, Date: at, Standing: payments.Review, Source: payments.FromNotification, ExchangeID: x.ID}); err != nil {
						return err
					}
				case "garbled", "guessed": // no money could be read out of it
					look.Kind = payments.UnreadableProof
				default:
					continue
				}
				if name == "solved" || name == "guessed" {
					look.DoneAt, look.DoneBy = at.Add(time.Hour), "sari"
				}
				if err := tx.InsertAttention(look); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}

		// An old list, of whose lines one was refused later and one at once.
		list := payments.Batch{ID: payments.NewIDAt(old), Environment: payments.Sandbox, FormID: "list", State: payments.BatchDone, MadeBy: "sari", MadeAt: old, Lines: 2}
		wanted := payments.Order{CustomerName: planted, CustomerPhone: "081299887766", Amount: 50_000}
		if err := d.Write(t.Context(), func(tx *db.Tx) error {
			if err := tx.InsertBatch(list); err != nil {
				return err
			}
			wanted.FormID = "line 2"
			refused := payments.BatchLine{BatchID: list.ID, Line: 2, Order: wanted}
			if err := tx.InsertBatchLine(refused); err != nil {
				return err
			}
			refused.Mistakes = payments.FieldErrors{{Field: "amount", Rule: payments.RuleBelow}}
			if err := tx.SettleBatchLine(refused); err != nil {
				return err
			}
			wanted.FormID = "line 3"
			return tx.InsertBatchLine(payments.BatchLine{BatchID: list.ID, Line: 3, Order: wanted, NotTaken: &payments.NotTaken{Said: []string{planted}, Amount: planted, Minutes: planted}})
		}); err != nil {
			t.Fatal(err)
		}

		// Stopped where it happens to be, it goes on there.
		ctx, cancel := context.WithCancel(t.Context())
		blanking.Store(&cancel)
		_, err := d.Blank(ctx, now)
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("stopped: %v", err)
		}
		first := bytes.Count(everything(t, address)["codes"], []byte("***"))
		if first != 50 {
			t.Fatalf("%d were blanked before it was stopped, want one change", first)
		}
		if rest, err := d.Blank(t.Context(), now); err != nil || rest != 10 {
			t.Fatalf("then %d were blanked, %v", rest, err)
		}
		if again, err := d.Blank(t.Context(), now); again != 0 || err != nil {
			t.Errorf("again: %d, %v", again, err)
		}
		for name, c := range made {
			is, err := d.Code(t.Context(), c.ID)
			if err != nil {
				t.Fatal(err)
			}
			if blank := strings.HasPrefix(name, "over"); blank == strings.Contains(is.CustomerName, planted) || blank == is.BlankedAt.IsZero() || is.Amount != 50_000 || is.InvoiceNumber != c.InvoiceNumber {
				t.Errorf("%s is now %q, blanked %v", name, is.CustomerName, is.BlankedAt)
			}
		}
		if found, err := d.Codes(t.Context(), db.ListFilter{Environment: payments.Sandbox, Query: planted + " over", Limit: 10}); err != nil || len(found.Codes) != 0 {
			t.Errorf("a search finds %d of them, %v", len(found.Codes), err)
		}
		if found, err := d.Codes(t.Context(), db.ListFilter{Environment: payments.Sandbox, Query: "INV-over7", Limit: 10}); err != nil || len(found.Codes) != 1 {
			t.Errorf("by invoice %d are found, %v", len(found.Codes), err)
		}
		if lines, err := d.BatchLines(t.Context(), list.ID); err != nil || len(lines) != 2 || len(lines[0].Mistakes) != 1 || lines[1].NotTaken == nil || strings.Trim(lines[0].Order.CustomerName+lines[1].Order.CustomerName, "*") != "" {
			t.Errorf("the lines of a list are now %+v, %v", lines, err)
		}
		if _, err := d.VerifyLog(t.Context()); err != nil {
			t.Error(err)
		}
		for i, want := range []bool{true, true, false, false} {
			b, err := d.Batch(t.Context(), fmt.Sprint("b", i))
			if err != nil {
				t.Fatal(err)
			}
			lines, err := d.BatchLines(t.Context(), b.ID)
			if blank := len(lines) == 1 && lines[0].Order.CustomerName != planted; err != nil || blank != want || want && b.State != payments.BatchDone {
				t.Errorf("batch %d is %s, its line %+v, %v", i, b.State, lines, err)
			}
		}
		rows := everything(t, address)["exchanges"]
		for word, want := range map[string]bool{"stray": false, "waits": true, "solved": false, "garbled": true, "guessed": false, "recent": true} {
			if got := bytes.Contains(rows, []byte(word)); got != want {
				t.Errorf("the exchange that is %s is there: %v", word, got)
			}
		}
		// With the others gone, no table knows the name.
		if err := d.Write(t.Context(), func(tx *db.Tx) error {
			for name := range made {
				if strings.HasPrefix(name, "over") {
					continue
				}
				for _, statement := range []string{
					`DELETE FROM events WHERE code_id = $1`, `DELETE FROM exchanges WHERE code_id = $1`, `DELETE FROM calls WHERE code_id = $1`, `DELETE FROM instructions WHERE code_id = $1`, `DELETE FROM codes WHERE id = $1`,
				} {
					if _, err := tx.Exec(statement, made[name].ID); err != nil {
						return err
					}
				}
			}
			for _, statement := range []string{`DELETE FROM batch_lines WHERE batch_id IN ('b2', 'b3')`, `DELETE FROM exchanges WHERE code_id = '' AND url <> ''`} {
				if _, err := tx.Exec(statement); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		for table, row := range everything(t, address) {
			for _, word := range []string{planted, strings.ToLower(planted), "99887766"} {
				if bytes.Contains(row, []byte(word)) {
					t.Errorf("table %s knows %s", table, word)
				}
			}
		}
	})
}

// TestMoneyThatComesWhileACodeIsBlanked leaves it whole: somebody has to look at
// it, though nothing of it was known when the code was found due.
func TestMoneyThatComesWhileACodeIsBlanked(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, address string) {
		now := time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC)
		old := now.AddDate(0, -13, 0)
		if err := d.ChangeSettings(t.Context(), payments.ActorShell, old, func(s *payments.Settings) error { s.RetentionMonths = 12; return nil }); err != nil {
			t.Fatal(err)
		}
		var late payments.Code
		if err := d.Write(t.Context(), func(tx *db.Tx) error {
			for _, name := range []string{"quiet", "late"} {
				late = payments.Code{
					ID: payments.NewIDAt(old), Environment: payments.Sandbox, Mode: payments.DGPC, Status: payments.Expired, InvoiceNumber: "INV-" + name, PaymentCode: "8899" + name, Amount: 50_000,
					CustomerName: planted + " " + name, CreatedBy: "sari", CreatedAt: old, ExpiresAt: old.Add(time.Hour), Token: "t" + name, FormID: "f" + name, Version: 1,
				}
				if ok, err := tx.InsertCode(late); err != nil || !ok {
					return fmt.Errorf("insert %v: %w", ok, err)
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		// The notification is being written while the codes that are due are read.
		writing, goOn := make(chan struct{}), make(chan struct{})
		told, blanked := make(chan error, 1), make(chan int, 1)
		go func() {
			told <- d.Write(t.Context(), func(tx *db.Tx) error {
				close(writing)
				<-goOn
				c, err := tx.Code(t.Context(), late.ID)
				if err != nil {
					return err
				}
				x := payments.Exchange{ID: "x", At: now, Direction: payments.Incoming, Kind: "notification", CodeID: c.ID, Method: "POST", URL: "/", RequestBody: []byte("raw " + planted), Verdict: "verified"}
				if err := tx.InsertExchange(x); err != nil {
					return err
				}
				c.Attention++
				if err := tx.InsertAttention(payments.Attention{ID: "a", CodeID: c.ID, ExchangeID: x.ID, Kind: payments.LatePayment, OpenedAt: now}); err != nil {
					return err
				}
				return tx.UpdateCode(&c)
			})
		}()
		<-writing
		go func() {
			n, err := d.Blank(t.Context(), now)
			if err != nil {
				t.Error(err)
			}
			blanked <- n
		}()
		for range 1000 {
			if d.Waiting() > 0 {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		close(goOn)
		if err := <-told; err != nil {
			t.Fatal(err)
		}
		if n := <-blanked; n != 1 {
			t.Errorf("%d were blanked, want the quiet one", n)
		}
		if c, err := d.Code(t.Context(), late.ID); err != nil || c.CustomerName != planted+" late" || !c.BlankedAt.IsZero() {
			t.Errorf("it is now of %q, %v", c.CustomerName, err)
		}
		if !bytes.Contains(everything(t, address)["exchanges"], []byte("raw "+planted)) {
			t.Error("what was told of it is gone")
		}
		if found, err := d.Codes(t.Context(), db.ListFilter{Environment: payments.Sandbox, Query: planted, Limit: 10}); err != nil || len(found.Codes) != 1 {
			t.Errorf("a search finds %d, %v", len(found.Codes), err)
		}
	})
}

// everything is the content of all tables, one text each.
func everything(t *testing.T, address string) map[string][]byte {
	t.Helper()
	driver, source, names := "sqlite", address, `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`
	if db.IsPostgres(address) {
		driver, names = "pgx", `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()`
	}
	pool, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	list, err := pool.Query(names)
	if err != nil {
		t.Fatal(err)
	}
	var tables []string
	for list.Next() {
		var name string
		if err := list.Scan(&name); err != nil {
			t.Fatal(err)
		}
		tables = append(tables, name)
	}
	if err := list.Close(); err != nil || len(tables) < 20 {
		t.Fatalf("%d tables, %v", len(tables), err)
	}
	content := map[string][]byte{}
	for _, table := range tables {
		rows, err := pool.Query(`SELECT * FROM ` + table)
		if err != nil {
			t.Fatal(err)
		}
		columns, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			values := make([]any, len(columns))
			for i := range values {
				values[i] = new(any)
			}
			if err := rows.Scan(values...); err != nil {
				t.Fatal(err)
			}
			for _, v := range values {
				switch v := (*v.(*any)).(type) {
				case []byte:
					content[table] = append(content[table], v...)
				default:
					content[table] = fmt.Append(content[table], v, "\n")
				}
			}
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return content
}
