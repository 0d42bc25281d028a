package controller

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"mercury-driver/cvendor/scp"
)

// A controller that is not let in dials again and again: it is logged once a minute, and counted each time.
func TestRefusedConnections(t *testing.T) {
	r := newRig(t, able)
	var log bytes.Buffer
	r.table.log = slog.New(slog.NewTextHandler(&log, nil))
	refuse := func(times int) {
		for range times {
			r.table.Receive(r.now, []scp.Message{{Kind: scp.CommRefused, SCP: -1, Text: "192.0.2.1:4001: a certificate of another CA"}})
		}
	}
	refuse(50)
	r.now = r.now.Add(time.Minute)
	refuse(50)
	const want = `level=WARN msg="a connection to the port for controllers was refused" cause="192.0.2.1:4001: a certificate of another CA" total=51`
	if text := log.String(); strings.Count(text, "level=WARN") != 2 || !strings.Contains(text, want) {
		t.Errorf("logged\n%s, want two lines, the last one\n%s", text, want)
	}
	if n := r.table.Counts().Refused.Load(); n != 100 {
		t.Errorf("%d counted", n)
	}
	if n := r.table.Counts().Strays.Load(); n != 0 || r.table.Attached() != 0 {
		t.Errorf("%d strays, %d attached", n, r.table.Attached())
	}
}
