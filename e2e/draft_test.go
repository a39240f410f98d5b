package e2e

import (
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"

	"github.com/playwright-community/playwright-go"
)

// TestASessionEndsUnderAForm: whoever presses signs in and is at the form again,
// with what was typed, until it is accepted. Without JavaScript it is said that
// nothing was kept.
func TestASessionEndsUnderAForm(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	owner := s.owner()
	code, paid := owner.issue(), owner.issueTo("Siti Aminah", "50000")
	s.pay(owner.number(paid))
	owner.eventually("it is paid", func() bool { return strings.Contains(owner.get(paid).body, `data-status="paid"`) })
	for _, form := range []struct{ path, field, typed string }{
		{code + "/notes", "note", "Ambil besok sore"},
		{code + "/edit", "customer_name", "Budi Hartono"},
		{code + "/cancel", "reason", "Pelanggan salah pesan"},
		{paid + "/refunds", "reason", "Barang rusak"},
	} {
		for _, with := range []device{phone().withoutJavaScript(), phone()} {
			p := newPerson(t, s.home, withoutWorker(with))
			p.continueAs(s.signIn(ownerEmail, ownerPassword))
			p.excuse("status of 401")
			p.open(form.path, http.StatusOK)
			p.fill(form.field, form.typed)
			if strings.HasSuffix(form.path, "/refunds") {
				check(t, p.Locator("label:has([name=method])").First().Click())
			}
			check(t, p.Context().ClearCookies())
			p.press(form.path)
			check(t, p.expect("main").ToContainText("dikirim atau disimpan"))
			p.fill("email", ownerEmail)
			p.fill("password", ownerPassword)
			p.press("/login")
			p.arrive(s.home + form.path)
			if with.JavaScriptEnabled != nil {
				check(t, p.expect("[name="+form.field+"]").Not().ToHaveValue(form.typed))
				continue
			}
			check(t, p.expect("[name="+form.field+"]").ToHaveValue(form.typed))
			check(t, p.expect("[data-restored]").ToBeVisible())
			p.lookOver(form.path + " with what was typed")
			p.press(form.path)
			p.arrive(s.home + path.Dir(form.path))
			check(t, p.expect("main").ToContainText(form.typed))
			if left := p.drafts(); len(left) > 0 {
				t.Errorf("%s is accepted, and %v is left", form.path, left)
			}
		}
	}
}

// TestAnAnswerIsLost: a form that was sent says so when it comes back, and does
// not come back when what it asked for is so.
func TestAnAnswerIsLost(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	owner := s.owner()
	code := owner.issue()
	p := newPerson(t, s.home, withoutWorker(phone()))
	p.continueAs(owner)
	for _, form := range []struct{ path, field, typed string }{
		{code + "/notes", "note", "Ambil besok sore"},
		{code + "/edit", "customer_name", "Budi Hartono"},
	} {
		p.excuse("ERR_")
		p.open(form.path, http.StatusOK)
		p.loseAnswer("**" + form.path)
		p.fill(form.field, form.typed)
		p.press(form.path)
		check(t, p.expect("[data-offline]").ToContainText("lihat dulu"))
		p.lookOver(form.path + " without an answer")
		p.excuse("ERR_")
		p.excuse("status of 429")
		check(t, p.Route("**"+form.path, func(route playwright.Route) {
			check(t, route.Fulfill(playwright.RouteFulfillOptions{Status: playwright.Int(http.StatusTooManyRequests)}))
		}, 1))
		p.press(form.path) // which says nothing of the press before
		check(t, p.expect("[data-unable]").ToContainText("lihat dulu"))
		p.open(form.path, http.StatusOK)
		check(t, p.expect("[name="+form.field+"]").ToHaveValue(form.typed))
		if form.field == "note" {
			check(t, p.expect("[data-sent]").ToContainText("Lihat dulu"))
			check(t, p.Locator("[data-sent] [data-clear]").Click())
			check(t, p.expect("[name=note]").ToHaveValue(""))
			check(t, p.expect("[data-sent]").ToBeHidden())
		} else {
			check(t, p.expect("[data-sent]").ToBeHidden())
		}
		if left := p.drafts(); len(left) > 0 {
			t.Errorf("%s: %v is left", form.path, left)
		}
	}
}

// TestARefundIsNotRecordedTwice by whoever presses again after a lost answer,
// comes back later, and presses again.
func TestARefundIsNotRecordedTwice(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	owner := s.owner()
	code := owner.issue()
	s.pay(owner.number(code))
	owner.eventually("it is paid", func() bool { return strings.Contains(owner.get(code).body, `data-status="paid"`) })
	refunds := code + "/refunds"
	p := newPerson(t, s.home, withoutWorker(phone()))
	p.continueAs(owner)
	p.excuse("ERR_")
	p.open(refunds, http.StatusOK)
	p.loseAnswer("**" + refunds)
	p.fill("amount", "20.000")
	p.fill("reason", "Barang rusak")
	check(t, p.Locator("label:has([name=method])").First().Click())
	p.press(refunds)
	check(t, p.expect("[data-offline]").ToContainText("lihat dulu"))
	for range 2 {
		p.excuse("ERR_")
		p.excuse("status of 409")
		p.press(refunds)
		check(t, p.expect(".note-error").ToContainText("Rp20.000 tunai"))
		p.lookOver("a refund that was recorded before")
		p.open(refunds, http.StatusOK)
		check(t, p.expect("[data-restored]").ToBeHidden())
		check(t, p.expect("[data-sent]").ToContainText("belum tentu tersimpan"))
		check(t, p.expect("[name=amount]").ToHaveValue("20.000"))
	}
	if refunded := owner.get(code).marks()["data-refunded"]; refunded != "20000" {
		t.Errorf("%s is given back", refunded)
	}
	// There is another all the same.
	p.excuse("status of 409")
	p.press(refunds)
	check(t, p.Locator("main .btn[data-clear]").Click())
	check(t, p.expect("[name=amount]").ToHaveValue("130.000"))
	check(t, p.expect("[data-sent]").ToBeHidden())
	if left := p.drafts(); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}

// TestAFormMadeFromACode comes back as that after a mistake, and leaves alone what
// was begun for another customer.
func TestAFormMadeFromACode(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	owner := s.owner()
	from := "?from=" + path.Base(owner.issue())
	p := newPerson(t, s.home, withoutWorker(phone()))
	p.continueAs(owner)
	p.excuse("status of 422")
	p.open("/", http.StatusOK)
	p.fill("customer_name", "Siti Aminah")
	p.open("/codes/new"+from, http.StatusOK)
	check(t, p.expect("[name=customer_name]").ToHaveValue("Budi Santoso"))
	p.fill("customer_phone", "081234567890")
	p.fill("amount", "125")
	p.press("/codes" + from)
	check(t, p.expect("[name=amount]").ToHaveAttribute("aria-invalid", "true"))
	_, err := p.Reload()
	check(t, err)
	p.arrive(s.home + "/codes/new" + from)
	check(t, p.expect("[data-restored]").ToBeVisible())
	check(t, p.expect("[name=customer_name]").ToHaveValue("Budi Santoso"))
	check(t, p.expect("[name=customer_phone]").ToHaveValue("081234567890"))
	p.open("/", http.StatusOK)
	check(t, p.expect("[name=customer_name]").ToHaveValue("Siti Aminah"))
	check(t, p.expect("[name=customer_phone]").ToHaveValue(""))
	p.open("/codes/new"+from, http.StatusOK)
	p.fill("amount", "125.000")
	p.press("/codes" + from)
	check(t, p.expect("#panel").ToContainText("Rp125.000"))
	if left := p.drafts(); len(left) != 1 || left[0] != "/codes" {
		t.Errorf("%v is left", left)
	}
}

// TestAReasonAtHandEndsWhatWasTyped: a code is cancelled once.
func TestAReasonAtHandEndsWhatWasTyped(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	owner := s.owner()
	code := owner.issue()
	p := newPerson(t, s.home, withoutWorker(phone()))
	p.continueAs(owner)
	p.open(code+"/cancel", http.StatusOK)
	p.fill("reason", "Pelanggan salah pesan")
	check(t, p.Locator("[aria-labelledby=reasons] button").First().Click())
	p.arrive(s.home + code)
	if left := p.drafts(); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}

// TestAnEditThatIsOvertaken comes back over another's only as one that was told,
// and gives way to how the code stands when that is asked for.
func TestAnEditThatIsOvertaken(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	owner := s.owner()
	edit := owner.issue() + "/edit"
	p := newPerson(t, s.home, withoutWorker(phone()))
	p.continueAs(owner)
	p.excuse("status of 409")
	p.open(edit, http.StatusOK)
	version := p.attribute("[name=version]", "value")
	p.fill("customer_phone", "081234567890")
	if changed := owner.post(edit, url.Values{
		"version": {version}, "amount": {"200.000"}, "customer_name": {"Siti Aminah"}, "expires_in": {"60"},
	}); changed.status != http.StatusSeeOther {
		t.Fatalf("POST %s answers %d", edit, changed.status)
	}
	p.open(edit, http.StatusOK)
	check(t, p.expect("[data-restored]").ToBeVisible())
	check(t, p.expect("[name=customer_name]").ToHaveValue("Budi Santoso"))
	p.press("/edit")
	for range 2 { // who leaves that page and comes back is told again
		check(t, p.expect(".note-error").ToContainText("mungkin oleh Anda sendiri"))
		check(t, p.expect("[name=customer_phone]").ToHaveValue("081234567890"))
		p.open(edit, http.StatusOK)
		check(t, p.expect("[data-restored]").ToBeHidden())
		check(t, p.expect("[data-sent]").ToBeVisible())
		check(t, p.expect("[name=customer_phone]").ToHaveValue("081234567890"))
		p.press("/edit")
	}
	check(t, p.Locator("main .btn[data-clear]").Click())
	check(t, p.expect("[name=customer_name]").ToHaveValue("Siti Aminah"))
	check(t, p.expect("[name=customer_phone]").ToHaveValue(""))
	check(t, p.expect("[data-restored]").ToBeHidden())
}

// drafts are the forms whose text this tab keeps.
func (p *person) drafts() []any {
	p.t.Helper()
	kept, err := p.Evaluate(`() => Object.keys(sessionStorage).filter((key) => key.startsWith("/"))`)
	check(p.t, err)
	return kept.([]any)
}

// TestBackAfterAMistake: the page that told a mistake is gone back to like any
// other, and its form is there.
func TestBackAfterAMistake(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	owner := s.owner()
	code := owner.issue()
	for _, form := range []struct{ page, posts, field, wrong, right string }{
		{"/", "/codes", "amount", "125", "125.000"},
		{code + "/notes", code + "/notes", "note", "", "Ambil besok sore"},
		{"/account", "/account", "name", "", ownerName},
	} {
		p := newPerson(t, s.home, withoutWorker(phone()))
		p.continueAs(owner)
		p.excuse("status of 422")
		p.open(form.page, http.StatusOK)
		if form.page == "/" {
			p.fill("customer_name", "Siti Aminah")
		}
		p.fill(form.field, form.wrong)
		p.press(form.posts)
		check(t, p.expect("[name="+form.field+"]").ToHaveAttribute("aria-invalid", "true"))
		p.fill(form.field, form.right)
		p.press(form.posts)
		check(t, p.expect("[aria-invalid]").ToHaveCount(0))
		for range 2 {
			back, err := p.GoBack(playwright.PageGoBackOptions{WaitUntil: playwright.WaitUntilStateDomcontentloaded})
			if err != nil || back != nil && back.Status() != http.StatusOK {
				t.Fatalf("back from where %s led: %v, %v", form.posts, back, err)
			}
			check(t, p.expect("[name="+form.field+"]").ToBeVisible())
			check(t, p.expect("[aria-invalid]").ToHaveCount(0))
		}
	}
}
