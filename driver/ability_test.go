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
		lacks string
	}{
		{"nothing declared", scp.Capabilities{}, "SCP_HAS_REWIND"},
		{"no rewind", scp.Capabilities{ReportUpTo: true, Pause: true}, "SCP_HAS_REWIND"},
		{"no hold", scp.Capabilities{Rewind: true, CumulativeAck: true}, "SCP_HAS_REPORT_UP_TO or SCP_HAS_PAUSE"},
		{"rewind and pause", scp.Capabilities{Rewind: true, Pause: true}, ""},
		{"rewind and a bound", scp.Capabilities{Rewind: true, ReportUpTo: true}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := serviceable(test.caps)
			if (err == nil) != (test.lacks == "") || err != nil && !strings.Contains(err.Error(), test.lacks) {
				t.Errorf("got %v, want one that names %q", err, test.lacks)
			}
		})
	}
}
