package handlers

import (
	"context"
	"encoding/csv"
	"errors"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"kodebayar/payments"
	"kodebayar/views"
	"kodebayar/views/barcode"
)

const (
	maxBulk      = 256 << 10 // bytes of a list: thrice that, as a form writes it, still fits one
	latestBulks  = 20
	sameBulkFor  = 30 * 24 * time.Hour // how long the same list again is pointed out
	shownPreview = 200                 // good lines of a preview; bad ones are all shown
)

// bulk is where a list of codes is handed in.
func (s *Server) bulk(v *visit) error {
	return s.showBulk(v, http.StatusOK, views.BulkPage{Expiry: views.Field{Value: strconv.Itoa(defaultExpiry)}})
}

func (s *Server) showBulk(v *visit, status int, p views.BulkPage) error {
	batches, err := s.Store.Batches(v.ctx(), v.viewer().Scope(), s.Service.Environment, latestBulks)
	if err != nil {
		return err
	}
	names, err := s.names(v.ctx())
	if err != nil {
		return err
	}
	cal := s.calendar(v.lang)
	p.Page, p.Most = s.page(v, "counter"), strconv.Itoa(payments.MaxBatch)
	p.Columns = heads(v.lang == views.English)
	for _, b := range batches {
		line := views.BatchItem{Href: "/codes/bulk/" + b.ID, Name: b.Name, Time: cal.moment(b.MadeAt), State: batchWord(v.lang, b)}
		line.Count = grouped(int64(b.Made)) + v.lang.T(" dari ", " of ") + grouped(int64(b.Lines))
		if b.MadeBy != v.member.ID {
			line.By = names[b.MadeBy]
		}
		p.Batches = append(p.Batches, line)
	}
	return s.render(v, status, views.Bulk(p))
}

// bulkTemplate is a file to start from.
func (s *Server) bulkTemplate(v *visit) error {
	t := v.lang.T
	example := map[string]string{
		"amount": "150000", "customer_name": "Budi Santoso", "customer_phone": "0812-3456-7890", "expires_in": "1440",
		"note": t("contoh, hapus baris ini", "an example, delete this line"),
	}
	var head, line []string
	for _, c := range bulkColumns {
		head, line = append(head, t(c.id, c.en)), append(line, example[c.field])
	}
	var b strings.Builder
	b.WriteString("\ufeff")
	w := csv.NewWriter(&b)
	if err := w.WriteAll([][]string{head, line}); err != nil {
		return err
	}
	v.Response().Header().Set("Content-Disposition", `attachment; filename="`+t("banyak-kode", "many-codes")+`.csv"`)
	return s.send(v, http.StatusOK, "text/csv; charset=utf-8", []byte(b.String()))
}

// bulkList is what somebody hands in: a file, or what stands in the text field.
type bulkList struct {
	form
	name, content string
}

// readBulkList reads the form with its file, or the same fields without one.
func (s *Server) readBulkList(v *visit) (bulkList, text, error) {
	kind, _, _ := mime.ParseMediaType(v.Request().Header.Get("Content-Type"))
	fields := []string{"form_id", "rows", "expires_in", "file_name", "which"}
	if kind != "multipart/form-data" {
		f, err := readForm(v, fields...)
		l := bulkList{form: f, name: f.get("file_name"), content: asText(f.values.Get("rows"))}
		return l, f.problem, err
	}
	f, file, err := readUpload(v, "file")
	if err != nil {
		return bulkList{}, text{}, err
	}
	l := bulkList{form: f, name: f.get("file_name"), content: asText(f.values.Get("rows"))}
	switch {
	case len(file.content) > maxBulk:
		return l, bulkTooLong, nil
	case len(file.content) > 0:
		l.content, l.name = asText(string(file.content)), file.name
	}
	return l, text{}, nil
}

var bulkTooLong = text{
	"Daftarnya terlalu besar: paling banyak 256 KB. Bagi menjadi beberapa berkas.",
	"The list is too large: at most 256 KB. Split it into several files.",
}

// previewBulk shows what a list would make, and what is wrong with which line.
func (s *Server) previewBulk(v *visit) error {
	l, problem, err := s.readBulkList(v)
	if err != nil {
		return err
	}
	if problem == (text{}) && l.get("which") == "again" { // back from the preview
		return s.showBulk(v, http.StatusOK, views.BulkPage{Name: fileName(l.name), Rows: views.Field{Value: l.content}, Expiry: views.Field{Value: l.get("expires_in")}})
	}
	return s.showPreview(v, http.StatusOK, l, problem, text{})
}

// readBulkLines reads the list and holds each line to the service's rules.
func (s *Server) readBulkLines(v *visit, l bulkList) ([]bulkLine, text, error) {
	if len(l.content) > maxBulk {
		return nil, bulkTooLong, nil
	}
	lines, problem := readBulk(l.content, l.get("expires_in"))
	for i := range lines {
		if lines[i].torn {
			continue
		}
		found, err := s.Service.Validate(v.ctx(), v.viewer(), lines[i].order)
		if err != nil {
			return nil, text{}, err
		}
		lines[i].wrong.learn(found)
		if n := lines[i].order.InvoiceNumber; n != "" && len(lines[i].wrong) == 0 {
			switch _, err := s.Store.CodeByInvoice(v.ctx(), s.Service.Environment, n); {
			case err == nil:
				lines[i].wrong.learn(payments.FieldErrors{{Field: "invoice_number", Rule: payments.RuleTaken}})
			case !errors.Is(err, payments.ErrNotFound):
				return nil, text{}, err
			}
		}
	}
	return lines, problem, nil
}

// showPreview shows the list line by line, or asks for it again when it has a
// problem as a whole; why says why a list that is right was not handed in.
func (s *Server) showPreview(v *visit, status int, l bulkList, problem, why text) error {
	var lines []bulkLine
	if problem == (text{}) {
		var err error
		if lines, problem, err = s.readBulkLines(v, l); err != nil {
			return err
		}
	}
	if problem != (text{}) {
		return s.showBulk(v, http.StatusUnprocessableEntity, views.BulkPage{
			Name:   fileName(l.name),
			Rows:   views.Field{Value: l.content, Error: problem.in(v.lang)},
			Expiry: views.Field{Value: l.get("expires_in")},
		})
	}
	formID := l.get("form_id")
	if !s.formIDs.of(v.member.ID, formID) {
		formID = s.formIDs.mint(v.member.ID)
	}
	name := fileName(l.name)
	p := views.BulkPreviewPage{Page: s.page(v, "counter"), Problem: why.in(v.lang), Name: name, Keep: []views.Param{
		{Name: "form_id", Value: formID}, {Name: "file_name", Value: name}, {Name: "expires_in", Value: l.get("expires_in")},
	}, Rows: l.content}
	var total int64
	var good []payments.BatchLine
	for _, line := range lines {
		shown := views.BulkLine{
			Line: strconv.Itoa(line.line), Name: line.form.get("customer_name"), Amount: line.form.get("amount"),
		}
		if line.last > line.line { // a mark too many may have taken the next line in
			shown.Line += "–" + strconv.Itoa(line.last)
		}
		shown.Mistakes = line.said(v.lang)
		if len(line.wrong) == 0 {
			good = append(good, payments.BatchLine{Line: line.line, Order: line.order})
			total += line.order.Amount
			shown.Amount = rupiah(line.order.Amount)
			if line.alike > 0 {
				shown.Alike = v.lang.T("Nama dan jumlahnya sama dengan baris ", "Same name and amount as line ") + strconv.Itoa(line.alike)
			}
		} else {
			p.Bad++
		}
		if len(line.wrong) > 0 || shown.Alike != "" || len(p.Lines)-p.Bad < shownPreview {
			p.Lines = append(p.Lines, shown)
		} else {
			p.Hidden++
		}
	}
	mistakenFirst(p.Lines)
	p.Good, p.Total = len(good), rupiah(total)
	switch twin, err := s.Store.BatchAlike(v.ctx(), v.viewer().Scope(), s.Service.Environment, digestOfOrders(good), s.Now().Add(-sameBulkFor)); {
	case err == nil:
		p.SameHref, p.SameTime = "/codes/bulk/"+twin.ID, s.calendar(v.lang).moment(twin.MadeAt)
	case !errors.Is(err, payments.ErrNotFound):
		return err
	}
	return s.render(v, status, views.BulkPreview(p))
}

// mistakenFirst puts the lines that somebody must look at before the others, which
// may be a thousand.
func mistakenFirst(lines []views.BulkLine) {
	rank := func(l views.BulkLine) int {
		switch {
		case len(l.Mistakes) > 0:
			return 0
		case l.Alike != "":
			return 1
		}
		return 2
	}
	slices.SortStableFunc(lines, func(a, b views.BulkLine) int { return rank(a) - rank(b) })
}

// startBulk hands the list in: all of it, or the lines that are right.
func (s *Server) startBulk(v *visit) error {
	l, problem, err := s.readBulkList(v)
	if err != nil {
		return err
	}
	formID := l.get("form_id")
	mine := s.formIDs.of(v.member.ID, formID)
	if mine {
		switch made, err := s.Store.BatchByForm(v.ctx(), formID); {
		case err == nil:
			return s.redirect(v, "/codes/bulk/"+made.ID)
		case !errors.Is(err, payments.ErrNotFound):
			return err
		}
	}
	which := l.get("which")
	if problem != (text{}) || !mine || which != "all" && which != "good" {
		return s.showPreview(v, http.StatusUnprocessableEntity, l, problem, text{})
	}
	lines, problem, err := s.readBulkLines(v, l)
	if err != nil {
		return err
	}
	var good, all []payments.BatchLine
	for _, line := range lines {
		taken := payments.BatchLine{Line: line.line, Order: line.order}
		if len(line.wrong) == 0 {
			good = append(good, taken)
		} else {
			taken.NotTaken = &payments.NotTaken{Said: line.said(v.lang), Amount: line.form.get("amount"), Minutes: line.form.get("expires_in")}
		}
		all = append(all, taken)
	}
	if problem != (text{}) || len(good) == 0 || which == "all" && len(good) < len(lines) {
		return s.showPreview(v, http.StatusUnprocessableEntity, l, problem, text{})
	}
	if !s.Service.Ready() {
		return s.showPreview(v, http.StatusUnprocessableEntity, l, text{}, noCredentials)
	}
	b, err := s.Service.StartBatch(v.ctx(), v.viewer(), payments.Batch{
		Name: fileName(l.name), FormID: formID, Digest: digestOfOrders(good),
	}, all)
	if err != nil {
		return err
	}
	return s.redirect(v, "/codes/bulk/"+b.ID)
}

// batchOf is the batch of the route, for those who may see it.
func (s *Server) batchOf(v *visit) (payments.Batch, error) {
	id, err := plain(v.Param("batch"))
	if err != nil {
		return payments.Batch{}, err
	}
	b, err := s.Store.Batch(v.ctx(), id)
	if scope := v.viewer().Scope(); err == nil && scope != "" && b.MadeBy != scope {
		err = payments.ErrNotFound
	}
	return b, err
}

// wholeBatch is the batch of the route with its lines and, by id, the codes that
// it made.
func (s *Server) wholeBatch(v *visit) (b payments.Batch, lines []payments.BatchLine, codes map[string]payments.Code, err error) {
	if b, err = s.batchOf(v); err != nil {
		return b, nil, nil, err
	}
	if lines, err = s.Store.BatchLines(v.ctx(), b.ID); err != nil {
		return b, nil, nil, err
	}
	codes, err = s.Store.BatchCodes(v.ctx(), b.ID)
	return b, lines, codes, err
}

func batchWord(lang views.Lang, b payments.Batch) string {
	switch {
	case b.State == payments.BatchDone:
		return lang.T("selesai", "finished")
	case b.State == payments.BatchStopped:
		return lang.T("dihentikan", "stopped")
	case b.Barred:
		return lang.T("menunggu: pembuatnya dinonaktifkan", "waits: whoever made it is disabled")
	}
	return lang.T("sedang dibuat", "being made")
}

// batch shows how far a list has come and what became of each line.
func (s *Server) batch(v *visit) error {
	b, lines, codes, err := s.wholeBatch(v)
	if err != nil {
		return err
	}
	names, err := s.names(v.ctx())
	if err != nil {
		return err
	}
	cal := s.calendar(v.lang)
	p := views.BatchPage{
		Page: s.page(v, "counter"), ID: b.ID, Name: b.Name, State: string(b.State), Word: batchWord(v.lang, b),
		Made: b.Made, Refused: b.Refused, Left: b.Lines - b.Made - b.Refused, Of: b.Lines,
		Time: cal.moment(b.MadeAt), By: names[b.MadeBy], Running: b.State == payments.BatchRunning && !b.Barred,
		Silent: s.Service.Silent(),
	}
	for _, line := range lines {
		shown := views.BulkLine{Line: strconv.Itoa(line.Line), Name: line.Order.CustomerName, Amount: rupiah(line.Order.Amount)}
		shown.Mistakes = refusedBecause(v.lang, line)
		if line.NotTaken != nil {
			shown.Amount = line.NotTaken.Amount
		}
		if c, made := codes[line.CodeID]; made {
			shown.Name, shown.Amount, shown.Href = c.CustomerName, rupiah(c.Amount), "/codes/"+c.ID
			shown.Marks, shown.Status = marks(c, nil), string(c.Status)
		}
		p.Lines = append(p.Lines, shown)
	}
	if !p.Running { // while it asks for itself again, no line moves under a finger
		mistakenFirst(p.Lines)
	}
	if v.htmx() {
		return s.render(v, http.StatusOK, views.BatchPart(p))
	}
	return s.render(v, http.StatusOK, views.Batch(p))
}

// haltBulk and resumeBulk stop a batch and let it go on.
func (s *Server) haltBulk(v *visit) error {
	return s.moveBulk(v, s.Service.HaltBatch)
}

func (s *Server) resumeBulk(v *visit) error {
	return s.moveBulk(v, s.Service.ResumeBatch)
}

func (s *Server) moveBulk(v *visit, move func(ctx context.Context, by payments.Viewer, id string) error) error {
	if _, err := readForm(v); err != nil {
		return err
	}
	b, err := s.batchOf(v)
	if err != nil {
		return err
	}
	if err := move(v.ctx(), v.viewer(), b.ID); err != nil {
		return err
	}
	return s.redirect(v, "/codes/bulk/"+b.ID)
}

// refusedBecause says why a line of a batch has no code.
func refusedBecause(lang views.Lang, line payments.BatchLine) (why []string) {
	for _, m := range line.Mistakes {
		why = append(why, broken(m.Field, string(m.Rule), m.Limit, m.Got).in(lang))
	}
	if line.NotTaken != nil {
		why = append(why, line.NotTaken.Said...)
	}
	return why
}

// resultColumns are the heads of a list's results: with every column that a list
// may have, for what is mended there is handed in again.
func resultColumns(lang views.Lang) []any {
	t := lang.T
	return []any{
		t("Baris", "Line"), t("Nama", "Name"), t("HP", "Phone"), t("Jumlah", "Amount"), "Status",
		t("Kode bayar", "Payment code"), t("Nomor invoice", "Invoice number"), t("Berlaku sampai", "Valid until"),
		t("Halaman pelanggan", "Customer's page"), t("Kesalahan", "Mistakes"),
		"Email", t("Menit", "Minutes"), "Info", t("Catatan", "Note"),
	}
}

// bulkResult is every line with its code, as a file.
func (s *Server) bulkResult(v *visit) error {
	b, lines, codes, err := s.wholeBatch(v)
	if err != nil {
		return err
	}
	d := download{"kode", b.MadeAt, "csv", v.lang.T("Kode", "Codes"), resultColumns(v.lang)}
	return s.download(v, d, nil, func(put func([]any) error) error {
		for _, line := range lines {
			if err := put(s.result(v.lang, line, codes)); err != nil {
				return err
			}
		}
		return nil
	})
}

// result is a line's row.
func (s *Server) result(lang views.Lang, line payments.BatchLine, codes map[string]payments.Code) []any {
	if c, made := codes[line.CodeID]; made {
		return []any{
			int64(line.Line), c.CustomerName, c.CustomerPhone, c.Amount, lang.CodeWord(string(c.Status), c.PaidTotal),
			c.PaymentCode, c.InvoiceNumber, exportedTime(s.Zone, c.ExpiresAt), s.link("/pay/" + c.Token), "",
			c.CustomerEmail, int64(c.ExpiresIn), c.Info, c.Note,
		}
	}
	o := line.Order
	amount, minutes := any(o.Amount), any("")
	if o.ExpiresIn > 0 {
		minutes = int64(o.ExpiresIn)
	}
	if line.NotTaken != nil { // as it was typed
		amount = line.NotTaken.Amount
		if line.NotTaken.Minutes != "" {
			minutes = line.NotTaken.Minutes
		}
	}
	return []any{
		int64(line.Line), o.CustomerName, o.CustomerPhone, amount,
		"", "", o.InvoiceNumber, "", "", strings.Join(refusedBecause(lang, line), " "),
		o.CustomerEmail, minutes, o.Info, o.Note,
	}
}

// bulkCards is a sheet of cards to cut apart, of the codes that can be paid.
func (s *Server) bulkCards(v *visit) error {
	b, lines, codes, err := s.wholeBatch(v)
	if err != nil {
		return err
	}
	page := s.page(v, "counter")
	cal := s.calendar(v.lang)
	p := views.CardsPage{Lang: v.lang, Shop: page.Shop, Environment: string(b.Environment), Back: "/codes/bulk/" + b.ID}
	unsettled, err := s.unsettledOf(v.ctx(), slices.Collect(maps.Values(codes))...)
	if err != nil {
		return err
	}
	for _, line := range lines {
		c, made := codes[line.CodeID]
		if !made {
			continue
		}
		if !payable(c, unsettled[c.ID]) {
			p.Left++
			continue
		}
		card := views.PrintedCard{Name: c.CustomerName, Amount: rupiah(c.Amount), PaymentCode: c.PaymentCode, Until: cal.deadline(c.ExpiresAt)}
		if card.Barcode, err = barcode.Code128(c.PaymentCode); err != nil {
			return err
		}
		p.Cards = append(p.Cards, card)
	}
	if v.Request().Method != http.MethodHead && len(p.Cards) > 0 {
		if err := s.Service.PrintedBatch(v.ctx(), v.viewer(), b.ID, len(p.Cards)); err != nil {
			return err
		}
	}
	return s.render(v, http.StatusOK, views.Cards(p))
}
