package controller

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"mercury-driver/cvendor/scp"
)

// identifies has a controller say who it is, again where it is here.
func (r *rig) identifies(key Key, serial uint64, mac string) {
	if r.table.find(key) == nil {
		r.say(scp.Message{Kind: scp.CommOnline, SCP: key.SCP, Attachment: key.Attachment})
	}
	r.say(scp.Message{Kind: scp.IdentityTold, SCP: key.SCP, Attachment: key.Attachment, Identity: &scp.Identity{Serial: serial, MAC: mac}})
}

func (r *rig) leaves(key Key) {
	r.say(scp.Message{Kind: scp.CommOffline, SCP: key.SCP, Attachment: key.Attachment})
}

func TestTwinsAreReported(t *testing.T) {
	const mac, another = "0010ab000001", "0010ab000002"
	a, b, c := Key{SCP: 1}, Key{SCP: 2}, Key{SCP: 3}
	oneMAC, oneSerial := "two controllers tell one MAC", "two controllers tell one serial number"
	for name, test := range map[string]struct {
		dial func(r *rig)
		want []string
	}{
		"one MAC": {func(r *rig) { r.identifies(a, 1, mac); r.identifies(b, 2, mac) },
			[]string{oneMAC, "mac=" + mac + " other=1 scp=2 controller=2"}},
		"one MAC, the third when the second has left": {func(r *rig) {
			r.identifies(a, 1, mac)
			r.identifies(b, 1, mac)
			r.leaves(b)
			r.identifies(c, 2, mac)
		}, []string{oneMAC, "other=1"}},
		"one MAC, told later": {func(r *rig) {
			r.identifies(a, 1, mac)
			r.identifies(b, 2, another)
			r.identifies(b, 2, mac)
		}, []string{oneMAC}},
		"one serial number": {func(r *rig) { r.identifies(a, 1, mac); r.identifies(b, 1, another) },
			[]string{oneSerial, "mac=" + another + " other_mac=" + mac}},
		"one controller that dials again": {func(r *rig) { r.identifies(a, 1, mac); r.identifies(b, 1, mac) }, nil},
		"one MAC after the other":         {func(r *rig) { r.identifies(a, 1, mac); r.leaves(a); r.identifies(b, 2, mac) }, nil},
		"a MAC that was taken back":       {func(r *rig) { r.identifies(a, 1, mac); r.identifies(a, 1, another); r.identifies(b, 2, mac) }, nil},
		"none tell a MAC":                 {func(r *rig) { r.identifies(a, 1, ""); r.identifies(b, 2, "") }, nil},
		"both have one of their own":      {func(r *rig) { r.identifies(a, 1, mac); r.identifies(b, 2, another) }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, able)
			var log bytes.Buffer
			r.table.log = slog.New(slog.NewTextHandler(&log, nil))
			test.dial(r)
			for _, text := range test.want {
				if !strings.Contains(log.String(), text) {
					t.Errorf("no %q in\n%s", text, &log)
				}
			}
			if n := r.table.Counts().Twins.Load(); n != uint64(min(1, len(test.want))) || n == 0 && strings.Contains(log.String(), "tell one") {
				t.Errorf("counted %d:\n%s", n, &log)
			}
			for _, key := range []Key{a, b, c} {
				r.leaves(key)
			}
			if len(r.table.macs) != 0 {
				t.Errorf("known of those that left: %v", r.table.macs)
			}
		})
	}
}
