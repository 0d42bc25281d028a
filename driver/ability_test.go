package main

import (
	"strings"
	"testing"

	"mercury-driver/cvendor/scp"
)

func TestServiceable(t *testing.T) {
	for _, test := range []struct {
		name  string
		caps  scp.Capabilities
		spool string
		lacks string
	}{
		{"nothing declared", scp.Capabilities{}, "/spool", "SCP_HAS_REPORT_UP_TO or SCP_HAS_PAUSE"},
		{"no rewind", scp.Capabilities{ReportUpTo: true, Pause: true}, "", "set SPOOL_DIR"},
		{"no rewind, but a spool", scp.Capabilities{ReportUpTo: true, Pause: true}, "/spool", ""},
		{"no hold", scp.Capabilities{Rewind: true, CumulativeAck: true}, "", "SCP_HAS_REPORT_UP_TO or SCP_HAS_PAUSE"},
		{"rewind and pause", scp.Capabilities{Rewind: true, Pause: true}, "", ""},
		{"rewind and a bound", scp.Capabilities{Rewind: true, ReportUpTo: true}, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := serviceable(test.caps, test.spool)
			if (err == nil) != (test.lacks == "") || err != nil && !strings.Contains(err.Error(), test.lacks) {
				t.Errorf("got %v, want one that names %q", err, test.lacks)
			}
		})
	}
}
