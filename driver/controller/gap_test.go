package controller

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"mercury-driver/cvendor/scp"
)

// A gap is logged by its cause's name, and with its last index only where there is one.
func TestGapIsLoggedInWords(t *testing.T) {
	r := newRig(t, able)
	var log bytes.Buffer
	r.table.log = slog.New(slog.NewJSONHandler(&log, nil))
	r.serve()
	r.logs(3, 4)
	r.say(scp.Message{Kind: scp.PanelBoot, SCP: 4, Attachment: 1, LogEpoch: testEpoch + 1, Index: 1})
	for _, text := range []string{`"log_epoch":3,"first":1,"last":2,"cause":"wrapped"`, `"log_epoch":3,"first":5,"cause":"erased"`} {
		if !strings.Contains(log.String(), text) {
			t.Errorf("no %s in\n%s", text, log.String())
		}
	}
}
