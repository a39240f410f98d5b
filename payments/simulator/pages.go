package simulator

import (
	"net/http"
	"net/url"
)

func (s *Simulator) routePages(mux *http.ServeMux) {}

func (s *Simulator) howToPayPage(w http.ResponseWriter, r *http.Request) { notFound(w, r) }

// callable says whether address is empty or one that can be posted to.
func callable(address string) bool {
	if address == "" {
		return true
	}
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}
