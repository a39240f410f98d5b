package handlers

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"kodebayar/payments"
)

// Metrics is what is measured of a running app.
type Metrics struct {
	Server          *Server
	Version, Commit string
	// Client is what DOKU is called by; its transport is timed.
	Client *http.Client
}

// Handler registers everything that is measured and answers what it is by now.
// It must be called before the first request. Every label has a fixed set of
// values: none is taken from what a visitor or DOKU sends.
func (m Metrics) Handler() http.Handler {
	registry := prometheus.NewRegistry()
	m.measure(registry)
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	return mux
}

// measure registers everything that is measured, and hooks it in.
func (m Metrics) measure(registry *prometheus.Registry) {
	requests := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "kodebayar_http_request_duration_seconds", Buckets: []float64{.005, .02, .1, .5, 2, 10},
		Help: "Requests by route. Of DOKU's callbacks 200 was stored, 401 not rightly signed, 503 not stored.",
	}, []string{"method", "route", "status"})
	calls := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "kodebayar_doku_call_duration_seconds", Buckets: []float64{.1, .25, .5, 1, 2.5, 5, 10},
		Help: "Calls to DOKU by the status of the answer; none when there was no answer.",
	}, []string{"method", "status"})
	commits := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "kodebayar_commit_duration_seconds", Buckets: []float64{.001, .005, .02, .1, .5, 5}, Help: "Commits of the writer.",
	}, []string{"failed"})
	batch := prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "kodebayar_commit_writes", Buckets: []float64{1, 4, 16, 64, 256, 512}, Help: "Writes that shared a commit.",
	})
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "kodebayar_build_info", Help: "Always 1."}, []string{"version", "commit"})
	build.WithLabelValues(m.Version, m.Commit).Set(1)
	gauge := func(name, help string, value func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value)
	}
	registry.MustRegister(
		requests, calls, commits, batch, build, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		gauge("kodebayar_streams_open", "Open streams of pages.", func() float64 { return float64(m.Server.Streams()) }),
		gauge("kodebayar_writes_waiting", "Writes that wait for a commit.", func() float64 { return float64(m.Server.Store.Waiting()) }),
		&gauges{m.Server},
	)
	m.Server.Observe = func(method, route string, status int, took time.Duration) {
		requests.WithLabelValues(knownMethod(method), route, strconv.Itoa(status)).Observe(took.Seconds())
	}
	m.Server.Store.Observe = func(writes int, took time.Duration, failed bool) {
		commits.WithLabelValues(strconv.FormatBool(failed)).Observe(took.Seconds())
		batch.Observe(float64(writes))
	}
	m.Client.Transport = timed{m.Client.Transport, calls}
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
	calls *prometheus.HistogramVec
}

// RoundTrip meets http.RoundTripper. It measures until the answer's headers.
func (t timed) RoundTrip(r *http.Request) (*http.Response, error) {
	began, status := time.Now(), "none"
	answer, err := t.next.RoundTrip(r)
	if err == nil {
		status = strconv.Itoa(answer.StatusCode)
	}
	t.calls.WithLabelValues(knownMethod(r.Method), status).Observe(time.Since(began).Seconds())
	return answer, err
}

// gauges are what the database tells when it is asked.
type gauges struct{ s *Server }

var (
	backupAge = prometheus.NewDesc("kodebayar_backup_age_seconds", "Since the last tested backup; absent when there is none.", nil, nil)
	backupBad = prometheus.NewDesc("kodebayar_backup_failed", "1 when the last backup failed.", nil, nil)
	sweepLag  = prometheus.NewDesc("kodebayar_sweep_lag_seconds", "How late the most overdue call to DOKU is.", nil, nil)
	size      = prometheus.NewDesc("kodebayar_database_bytes", "Size of the database.", nil, nil)
	events    = prometheus.NewDesc("kodebayar_events", "Entries of the log.", nil, nil)
)

// Describe meets prometheus.Collector.
func (s *gauges) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{backupAge, backupBad, sweepLag, size, events} {
		ch <- d
	}
}

// Collect meets prometheus.Collector. What cannot be read is told as an error
// of the scrape, never as zero.
func (s *gauges) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	g, err := s.s.Store.Diagnose(ctx)
	due, dueErr := s.s.Store.NextDue(ctx, s.s.Service.Environment)
	if err := errors.Join(err, ignoreNone(dueErr)); err != nil {
		ch <- prometheus.NewInvalidMetric(size, err)
		return
	}
	tell := func(d *prometheus.Desc, v float64) { ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v) }
	if g.Backup.Name != "" {
		tell(backupAge, time.Since(g.Backup.At).Seconds())
	}
	failed, lag := 0.0, 0.0
	if g.Failed.Name != "" {
		failed = 1
	}
	if !due.IsZero() {
		lag = max(time.Since(due).Seconds(), 0)
	}
	tell(backupBad, failed)
	tell(sweepLag, lag)
	tell(size, float64(g.Size))
	tell(events, float64(g.Events))
}

func ignoreNone(err error) error {
	if errors.Is(err, payments.ErrNotFound) {
		return nil
	}
	return err
}
