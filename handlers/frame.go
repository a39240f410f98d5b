package handlers

import (
	"time"

	"kodebayar/db"
	"kodebayar/payments"
	"kodebayar/views"
)

// pages are the entries of the navigation, by the keys that views knows.
var pages = []struct {
	key, href string
	roles     []payments.Role
}{
	{"counter", "/", sellers},
	{"transactions", "/transactions", everybody},
	{"check", "/check", sellers},
	{"reports", "/reports", office},
	{"closings", "/closings", everybody},
	{"exchanges", "/exchanges", office},
	{"staff", "/staff", bosses},
	{"audit", "/audit", office},
	{"diagnostics", "/diagnostics", bosses},
	{"settings", "/settings", owners},
	{"account", "/account", everybody},
}

// page is the frame around a page; current is the key of its entry in the
// navigation. It is also the frame of the page that says that the store is
// down, so what cannot be read is left out.
func (s *Server) page(v *visit, current string) views.Page {
	p := views.Page{Lang: v.lang, Path: v.path(), Posted: !v.reads(), Environment: string(s.Service.Environment), Flash: s.said(v), Passkeys: s.passkeysHere()}
	p.Shop, _ = s.Store.Setting(v.ctx(), db.SettingShop)
	if v.member == nil {
		return p
	}
	p.Member = &views.Member{ID: v.member.ID, Name: v.member.Name, Role: string(v.member.Role)}
	if v.login.TillID != "" {
		p.Till = &views.AtTill{Name: v.login.Till, Locks: secondsTo(s.Now(), v.login.ExpiresAt)}
	}
	for _, item := range pages {
		if v.can(item.roles) {
			p.Member.Nav = append(p.Member.Nav, views.NavItem{Key: item.key, Href: item.href, Current: item.key == current})
		}
	}
	if n, err := s.Store.CountAttention(v.ctx(), v.viewer().Scope(), s.Service.Environment); err == nil {
		p.Attention = int(n)
	}
	return p
}

// pageOf is the frame around what belongs to one code: it wears the bar of the
// code's own environment, whatever the shop uses now.
func (s *Server) pageOf(v *visit, c payments.Code) views.Page {
	p := s.page(v, "transactions")
	p.Environment = string(c.Environment)
	return p
}

// counts are those that the visitor may see, read once for a page.
func (s *Server) counts(v *visit) (db.Counts, error) {
	if v.counted != nil {
		return *v.counted, nil
	}
	counts, err := s.Store.Counts(v.ctx(), v.viewer().Scope(), s.Service.Environment, s.today())
	if err == nil {
		v.counted = &counts
	}
	return counts, err
}

// today is when the day began in the shop.
func (s *Server) today() time.Time {
	now := s.Now().In(s.Zone)
	return time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, s.Zone)
}

// tomorrow is when the next begins.
func (s *Server) tomorrow() time.Time {
	now := s.Now().In(s.Zone)
	return time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, s.Zone)
}
