package handlers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"kodebayar/payments"
)

// Metrics is what is measured of a running app.
type Metrics struct {
	Server          *Server
	Version, Commit string
	// Client is what DOKU is called by; its transport is timed.
	Client *http.Client
}

// Handler hooks into everything that is measured and answers what it is by now,
// in Prometheus' text form. It must be called before the first request. Every
// label has a fixed set of values: none is taken from what a visitor or DOKU
// sends.
//
// The form is written here. Prometheus' own library, with what it brings along,
// took 2 MB of the memory that a shop's smallest machine has.
func (m Metrics) Handler() http.Handler {
	measured := m.measure()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, r *http.Request) {
		var body bytes.Buffer
		// What cannot be read is an error of the scrape, never zero.
		if err := m.stored(r.Context(), &body); err != nil {
			slog.Error("metrics", "err", err)
			http.Error(w, "the database cannot be read", http.StatusInternalServerError)
			return
		}
		for _, h := range measured {
			h.write(&body)
		}
		m.running(&body)
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		_, _ = w.Write(body.Bytes())
	})
	return mux
}

// measure hooks into what is measured while it happens.
func (m Metrics) measure() []*histogram {
	requests := newHistogram("kodebayar_http_request_duration_seconds",
		"Requests by route. Of DOKU's callbacks 200 was stored, 401 not rightly signed, 503 not stored.", .005, .02, .1, .5, 2, 10)
	calls := newHistogram("kodebayar_doku_call_duration_seconds",
		"Calls to DOKU by the status of the answer; none when there was no answer.", .1, .25, .5, 1, 2.5, 5, 10)
	commits := newHistogram("kodebayar_commit_duration_seconds", "Commits of the writer.", .001, .005, .02, .1, .5, 5)
	writes := newHistogram("kodebayar_commit_writes", "Writes that shared a commit.", 1, 4, 16, 64, 256, 512)
	m.Server.Observe = func(method, route string, status int, took time.Duration) {
		requests.observe(took.Seconds(), "method", knownMethod(method), "route", route, "status", strconv.Itoa(status))
	}
	m.Server.Store.Observe = func(n int, took time.Duration, failed bool) {
		commits.observe(took.Seconds(), "failed", strconv.FormatBool(failed))
		writes.observe(float64(n))
	}
	m.Client.Transport = timed{m.Client.Transport, calls}
	return []*histogram{requests, calls, commits, writes}
}

// knownMethod keeps a method that a visitor made up from becoming a label.
func knownMethod(method string) string {
	if slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPatch}, method) {
		return method
	}
	return "other"
}

// timed times calls on their way.
type timed struct {
	next  http.RoundTripper
	calls *histogram
}

// RoundTrip meets http.RoundTripper. It measures until the answer's headers.
func (t timed) RoundTrip(r *http.Request) (*http.Response, error) {
	began, status := time.Now(), "none"
	answer, err := t.next.RoundTrip(r)
	if err == nil {
		status = strconv.Itoa(answer.StatusCode)
	}
	t.calls.observe(time.Since(began).Seconds(), "method", knownMethod(r.Method), "status", status)
	return answer, err
}

// stored writes what the database tells when it is asked.
func (m Metrics) stored(ctx context.Context, w io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	g, err := m.Server.Store.Diagnose(ctx)
	if err != nil {
		return err
	}
	due, err := m.Server.Store.NextDue(ctx, m.Server.Service.Environment)
	if err != nil && !errors.Is(err, payments.ErrNotFound) {
		return err
	}
	failed, lag := 0.0, 0.0
	if g.Failed.Name != "" {
		failed = 1
	}
	if !due.IsZero() {
		lag = max(time.Since(due).Seconds(), 0)
	}
	if g.Backup.Name != "" {
		gauge(w, "kodebayar_backup_age_seconds", "Since the last tested backup; absent when there is none.", time.Since(g.Backup.At).Seconds())
	}
	gauge(w, "kodebayar_backup_failed", "1 when the last backup failed.", failed)
	gauge(w, "kodebayar_sweep_lag_seconds", "How late the most overdue call to DOKU is.", lag)
	gauge(w, "kodebayar_database_bytes", "Size of the database.", float64(g.Size))
	gauge(w, "kodebayar_events", "Entries of the log.", float64(g.Events))
	return nil
}

// running writes what the process knows of itself, by the names that
// Prometheus' clients agree on.
func (m Metrics) running(w io.Writer) {
	gauge(w, "kodebayar_build_info", "Always 1.", 1, "version", m.Version, "commit", m.Commit)
	gauge(w, "kodebayar_streams_open", "Open streams of pages.", float64(m.Server.Streams()))
	gauge(w, "kodebayar_writes_waiting", "Writes that wait for a commit.", float64(m.Server.Store.Waiting()))
	gauge(w, "go_info", "Always 1.", 1, "version", runtime.Version())
	gauge(w, "go_goroutines", "Goroutines by now.", float64(runtime.NumGoroutine()))
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	gauge(w, "go_memstats_heap_inuse_bytes", "The heap's spans in use.", float64(memory.HeapInuse))
	gauge(w, "go_memstats_sys_bytes", "Memory had of the system.", float64(memory.Sys))
	sample(w, "go_gc_cycles_total", "counter", "Collections of garbage.", float64(memory.NumGC))
	var used syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &used) == nil {
		sample(w, "process_cpu_seconds_total", "counter", "User and system time.",
			time.Duration(used.Utime.Nano()+used.Stime.Nano()).Seconds())
	}
	if text, err := os.ReadFile("/proc/self/statm"); err == nil {
		if fields := strings.Fields(string(text)); len(fields) > 1 {
			pages, _ := strconv.ParseFloat(fields[1], 64)
			gauge(w, "process_resident_memory_bytes", "Resident memory.", pages*float64(os.Getpagesize()))
		}
	}
	if open, err := os.ReadDir("/proc/self/fd"); err == nil {
		gauge(w, "process_open_fds", "Open files and connections.", float64(len(open)))
	}
}

// histogram counts values by their labels, in buckets whose upper bounds it has.
type histogram struct {
	name, help string
	bounds     []float64
	mu         sync.Mutex
	series     map[string]*series // by labels, as they are written
}

// series is a histogram's values with the same labels. Its counts are of one
// bucket each, the last of what is above all bounds.
type series struct {
	counts []uint64
	sum    float64
}

func newHistogram(name, help string, bounds ...float64) *histogram {
	return &histogram{name: name, help: help, bounds: bounds, series: map[string]*series{}}
}

// observe counts a value under labels, which are names and values by turns.
func (h *histogram) observe(value float64, labels ...string) {
	key := labelled(labels)
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.series[key]
	if s == nil {
		s = &series{counts: make([]uint64, len(h.bounds)+1)}
		h.series[key] = s
	}
	i, _ := slices.BinarySearch(h.bounds, value)
	s.counts[i]++
	s.sum += value
}

// write writes all of it; a bucket holds what the ones before it hold.
func (h *histogram) write(w io.Writer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	describe(w, h.name, "histogram", h.help)
	for _, key := range slices.Sorted(maps.Keys(h.series)) {
		s, below := h.series[key], uint64(0)
		comma := key
		if key != "" {
			comma += ","
		}
		for i, n := range s.counts {
			bound := "+Inf"
			if i < len(h.bounds) {
				bound = decimal(h.bounds[i])
			}
			below += n
			fmt.Fprintf(w, "%s_bucket{%sle=%q} %d\n", h.name, comma, bound, below)
		}
		fmt.Fprintf(w, "%s_sum%s %s\n%s_count%s %d\n", h.name, braced(key), decimal(s.sum), h.name, braced(key), below)
	}
}

func gauge(w io.Writer, name, help string, value float64, labels ...string) {
	sample(w, name, "gauge", help, value, labels...)
}

// sample writes a metric that has one value.
func sample(w io.Writer, name, kind, help string, value float64, labels ...string) {
	describe(w, name, kind, help)
	fmt.Fprintf(w, "%s%s %s\n", name, braced(labelled(labels)), decimal(value))
}

func describe(w io.Writer, name, kind, help string) {
	fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
}

// labelled is labels as they are written. Nothing in them needs more than a
// backslash before a quote.
func labelled(labels []string) string {
	var b strings.Builder
	for i := 0; i+1 < len(labels); i += 2 {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(labels[i] + "=" + strconv.Quote(labels[i+1]))
	}
	return b.String()
}

func braced(labels string) string {
	if labels == "" {
		return ""
	}
	return "{" + labels + "}"
}

func decimal(value float64) string { return strconv.FormatFloat(value, 'g', -1, 64) }
