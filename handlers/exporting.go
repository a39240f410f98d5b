package handlers

import (
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"kodebayar/views"
)

// exportEnd is how an export ended.
type exportEnd int32

const (
	exportRuns exportEnd = iota
	exportWhole
	exportTorn
)

// exporting is how far an export has come, for the page that began it: a
// browser shows a file grow, but not how much of it is left.
type exporting struct {
	began       time.Time
	rows, total atomic.Int64 // total 0: not known
	state       atomic.Int32 // an exportEnd
}

func (e *exporting) add(n int64) {
	if e != nil {
		e.rows.Add(n)
	}
}

// end takes the first end that is told.
func (e *exporting) end(how exportEnd) {
	if e != nil {
		e.state.CompareAndSwap(int32(exportRuns), int32(how))
	}
}

// exports are those of this instance: the newest that somebody began of a list.
type exports struct {
	mu sync.Mutex
	of map[exportOf]*exporting
}

type exportOf struct {
	staff string
	list  string // its address
}

const (
	exportsKept = 200 // more are not followed
	exportsLong = time.Hour
	exportTries = 20 // seconds that one that was asked for may take to begin
)

// begin follows an export.
func (x *exports) begin(of exportOf) *exporting {
	e := &exporting{began: time.Now()}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.of == nil {
		x.of = map[exportOf]*exporting{}
	}
	for other, old := range x.of {
		if time.Since(old.began) > exportsLong {
			delete(x.of, other)
		}
	}
	if _, again := x.of[of]; again || len(x.of) < exportsKept {
		x.of[of] = e
	}
	return e
}

// look answers how far it is, nil when none is known. How one ended is told
// once.
func (x *exports) look(of exportOf) *exporting {
	x.mu.Lock()
	defer x.mu.Unlock()
	e := x.of[of]
	if e != nil && exportEnd(e.state.Load()) != exportRuns {
		delete(x.of, of)
	}
	return e
}

// exportState tells how far an export of the list has come. The page asks again
// until it is done; one that another instance sends, or that never began, is
// given up.
func (s *Server) exportState(v *visit, l list) error {
	p := views.ExportProgress{Lang: v.lang, First: l.part("export")}
	e := s.exports.look(exportOf{v.member.ID, l.whole()})
	if e == nil {
		if tries, _ := strconv.Atoi(v.QueryParam("tries")); tries >= 0 && tries < exportTries {
			p.Again = p.First + "&tries=" + strconv.Itoa(tries+1)
		}
		return s.render(v, http.StatusOK, views.ExportState(p))
	}
	rows, total := e.rows.Load(), e.total.Load()
	p.Rows = grouped(rows)
	switch exportEnd(e.state.Load()) {
	case exportRuns:
		p.Again = p.First
		if total > 0 {
			p.Total, p.Of, p.Value = grouped(total), strconv.FormatInt(total, 10), strconv.FormatInt(min(rows, total), 10)
		}
	case exportWhole:
		p.Whole = true
	}
	return s.render(v, http.StatusOK, views.ExportState(p))
}
