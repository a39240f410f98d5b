package e2e

import (
	"io"
	"iter"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

// A visitor is a browser reduced to what HTTP needs: cookies, forms, and no
// redirect followed without being asked.
type visitor struct {
	t      *testing.T
	home   string
	client *http.Client
}

// An answer is what a page or a machine answered.
type answer struct {
	status int
	header http.Header
	body   string
}

func newVisitor(t *testing.T, home string) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	check(t, err)
	return &visitor{t: t, home: home, client: &http.Client{
		Jar:           jar,
		Timeout:       patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// get asks for a path of the visitor's home, or for a whole link.
func (v *visitor) get(link string) answer {
	v.t.Helper()
	return v.send(http.MethodGet, link, "", nil)
}

// post sends a form.
func (v *visitor) post(link string, form url.Values) answer {
	v.t.Helper()
	return v.send(http.MethodPost, link, form.Encode(), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
}

func (v *visitor) send(method, link, body string, header http.Header) answer {
	v.t.Helper()
	if strings.HasPrefix(link, "/") {
		link = v.home + link
	}
	request, err := http.NewRequestWithContext(v.t.Context(), method, link, strings.NewReader(body))
	check(v.t, err)
	for name, values := range header {
		request.Header[name] = values
	}
	response, err := v.client.Do(request)
	check(v.t, err)
	defer response.Body.Close()
	read, err := io.ReadAll(response.Body)
	check(v.t, err)
	return answer{status: response.StatusCode, header: response.Header, body: string(read)}
}

// location is where a redirect leads, as path and query.
func (a answer) location() string {
	u, err := url.Parse(a.header.Get("Location"))
	if err != nil {
		return ""
	}
	return u.RequestURI()
}

// elements lists the elements of a page in its order.
func (a answer) elements() iter.Seq[*html.Node] {
	return func(yield func(*html.Node) bool) {
		document, err := html.Parse(strings.NewReader(a.body))
		if err != nil {
			return // cannot be: HTML has no wrong documents, and a string no read errors
		}
		for node := range document.Descendants() {
			if node.Type == html.ElementNode && !yield(node) {
				return
			}
		}
	}
}

// attributes are those of an element, by name.
func attributes(node *html.Node) map[string]string {
	found := map[string]string{}
	for _, attribute := range node.Attr {
		found[attribute.Key] = attribute.Val
	}
	return found
}

// text is what stands in an element.
func text(node *html.Node) string {
	var words []string
	for each := range node.Descendants() {
		if each.Type == html.TextNode {
			words = append(words, strings.Fields(each.Data)...)
		}
	}
	return strings.Join(words, " ")
}

// having lists the attributes of the elements that have this one.
func (a answer) having(name string) []map[string]string {
	var found []map[string]string
	for element := range a.elements() {
		if attributes := attributes(element); attributes[name] != "" {
			found = append(found, attributes)
		}
	}
	return found
}

// field finds the form field of that name.
func (a answer) field(name string) (map[string]string, bool) {
	for _, attributes := range a.having("name") {
		if attributes["name"] == name {
			return attributes, true
		}
	}
	return nil, false
}

// description is what a screen reader says about a field or the group it is
// in: the text that aria-describedby leads to.
func (a answer) description(name string) string {
	texts := map[string]string{}
	for element := range a.elements() {
		texts[attributes(element)["id"]] = text(element)
	}
	for element := range a.elements() {
		if attributes(element)["name"] != name {
			continue
		}
		var said []string
		for ; element != nil; element = element.Parent {
			for id := range strings.FieldsSeq(attributes(element)["aria-describedby"]) {
				said = append(said, texts[id])
			}
		}
		return strings.Join(said, " ")
	}
	return ""
}

// marks are the data- marks of the code that the page is about, or of its
// first row.
func (a answer) marks() map[string]string {
	if found := a.having("data-status"); len(found) > 0 {
		return found[0]
	}
	return nil
}

// codeForm is a filled form for a new code, with a form_id of this visitor.
func (v *visitor) codeForm() url.Values {
	v.t.Helper()
	page := v.get("/codes/new")
	id, ok := page.field("form_id")
	if !ok {
		v.t.Fatalf("/codes/new answers %d without a form_id", page.status)
	}
	return url.Values{"form_id": {id["value"]}, "amount": {"150000"}, "customer_name": {"Budi Santoso"}}
}

// issue makes a code and returns the path of its page.
func (v *visitor) issue() string {
	v.t.Helper()
	return v.issueTo("Budi Santoso", "150000")
}

// issueTo makes a code of an amount for a customer.
func (v *visitor) issueTo(customer, amount string) string {
	v.t.Helper()
	form := v.codeForm()
	form.Set("customer_name", customer)
	form.Set("amount", amount)
	made := v.post("/codes", form)
	if made.status != http.StatusSeeOther || !strings.HasPrefix(made.location(), "/codes/") {
		v.t.Fatalf("POST /codes answers %d to %q:\n%s", made.status, made.location(), made.body)
	}
	return made.location()
}

// number is the payment code on a code's page.
func (v *visitor) number(code string) string {
	v.t.Helper()
	return v.get(code).marks()["data-payment-code"]
}

// customerLink finds the customer's link on a code's page.
func (v *visitor) customerLink(code string) string {
	v.t.Helper()
	page := v.get(code)
	for _, link := range page.having("href") {
		if strings.Contains(link["href"], "/pay/") {
			return link["href"]
		}
	}
	v.t.Fatalf("%s has no link to the customer's page:\n%s", code, page.body)
	return ""
}

// wantsSignIn says whether the answer is that one has to sign in first.
func (a answer) wantsSignIn() bool {
	return a.status == http.StatusUnauthorized || a.status == http.StatusSeeOther && strings.HasPrefix(a.location(), "/login")
}

// cookies are those of the visitor's home.
func (v *visitor) cookies() []*http.Cookie {
	v.t.Helper()
	home, err := url.Parse(v.home)
	check(v.t, err)
	return v.client.Jar.Cookies(home)
}

// withCookies gives the visitor cookies of somebody else.
func (v *visitor) withCookies(cookies []*http.Cookie) *visitor {
	v.t.Helper()
	home, err := url.Parse(v.home)
	check(v.t, err)
	v.client.Jar.SetCookies(home, cookies)
	return v
}

// eventually waits until something that happens by itself has happened.
func (v *visitor) eventually(what string, happened func() bool) {
	v.t.Helper()
	for deadline := time.Now().Add(patience); !happened(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			v.t.Fatalf("waited in vain: %s", what)
		}
	}
}

// stream is the address of the stream that keeps a page up to date.
func (a answer) stream() string {
	for _, attribute := range []string{"sse-connect", "data-events"} {
		if found := a.having(attribute); len(found) > 0 {
			return found[0][attribute]
		}
	}
	return ""
}

// listen opens the stream of a page and keeps what comes until the test ends.
func (v *visitor) listen(page string) *output {
	v.t.Helper()
	link := v.get(page).stream()
	if strings.HasPrefix(link, "/") {
		link = v.home + link
	}
	request, err := http.NewRequestWithContext(v.t.Context(), http.MethodGet, link, nil)
	check(v.t, err)
	client := *v.client
	client.Timeout = 0 // a stream has no end
	response, err := client.Do(request)
	check(v.t, err)
	if kind := response.Header.Get("Content-Type"); response.StatusCode != http.StatusOK || !strings.HasPrefix(kind, "text/event-stream") {
		v.t.Fatalf("%s answers %d, %q", link, response.StatusCode, kind)
	}
	var heard output
	go func() {
		defer response.Body.Close()
		io.Copy(&heard, response.Body)
	}()
	return &heard
}
