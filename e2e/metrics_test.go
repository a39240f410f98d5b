package e2e

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// TestMetrics are at an address of their own, tell what happened, and nothing
// of anybody.
func TestMetrics(t *testing.T) {
	s := &shop{t: t, dir: t.TempDir(), home: "http://" + freeAddress(t), till: "http://" + freeAddress(t)}
	s.database = s.dir + "/shop.db"
	s.startSimulator()
	address := freeAddress(t)
	s.app = start(t, s.dir, append(s.env(), "KODEBAYAR_METRICS_ADDR="+address), "serve")
	s.app.waitFor(anyLink)
	owner := s.owner()
	path := owner.issueTo("Rahasia Bambang", "3217654")
	code := owner.number(path)
	newNotification(code, 3217654).send(owner)
	forged := newNotification(code, 3217654)
	forged.signature = forged.sign("x")
	forged.send(owner)
	owner.send("BREW", "/kopi-rahasia", "", nil)
	owner.post("/backups", nil)
	if a := owner.get("/metrics"); a.status != http.StatusNotFound {
		t.Errorf("/metrics at the app's address: %d", a.status)
	}
	answer, err := http.Get("http://" + address + "/metrics")
	check(t, err)
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	check(t, err)
	body := string(b)
	parser := expfmt.NewTextParser(model.UTF8Validation)
	if _, err := parser.TextToMetricFamilies(strings.NewReader(body)); err != nil {
		t.Errorf("Prometheus cannot read them: %v", err)
	}
	for _, line := range []string{
		`kodebayar_http_request_duration_seconds_count{method="POST",route="/doku/notifications",status="200"} 1`,
		`kodebayar_http_request_duration_seconds_count{method="POST",route="/doku/notifications",status="401"} 1`,
		`kodebayar_http_request_duration_seconds_count{method="other",route="none",`,
		`kodebayar_doku_call_duration_seconds_count{method="POST",status="200"} 1`,
		`kodebayar_commit_duration_seconds_count{failed="false"}`, "kodebayar_streams_open 0", "kodebayar_writes_waiting 0",
		"kodebayar_backup_age_seconds", "kodebayar_backup_failed 0", "kodebayar_sweep_lag_seconds", "kodebayar_build_info{", "go_goroutines",
		`kodebayar_commit_writes_bucket{le="+Inf"}`, `kodebayar_doku_call_duration_seconds_bucket{method="POST",status="200",le="+Inf"} 1`, "process_cpu_seconds_total",
		"process_resident_memory_bytes", "process_open_fds",
	} {
		if !strings.Contains(body, line) {
			t.Errorf("no %s", line)
		}
	}
	for _, private := range []string{"ahasia", code, strings.TrimPrefix(path, "/codes/"), ownerEmail, clientID, "BREW", "127.0.0.1"} {
		if strings.Contains(body, private) {
			t.Errorf("the metrics hold %q", private)
		}
	}
	if t.Failed() {
		t.Log(body)
	}
}
