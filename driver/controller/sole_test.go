package controller

import (
	"errors"
	"slices"
	"testing"
	"time"

	"mercury-driver/cvendor/scp"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// A command that no other process has is answered, or settled, however it stands with its controller.
func TestSoleCommandIsNeverLeftWithoutAnEnd(t *testing.T) {
	claimed := func(won bool, err error) func(*rig) {
		return func(r *rig) { r.table.Claimed(r.now, first, "c", won, err) }
	}
	tests := map[string]struct {
		before  func(*rig)
		lease   uint64
		after   func(*rig)
		want    []string
		settled bool
	}{
		"no controller":     {want: []string{"c REFUSED"}},
		"another's lease":   {before: (*rig).serve, lease: testLease + 1, want: []string{"c REFUSED"}},
		"the lease ran out": {before: func(r *rig) { r.serve(); r.pass(time.Hour) }, want: []string{"c REFUSED"}},
		"under the lease":   {before: (*rig).serve, lease: testLease, after: (*rig).done, want: []string{"c DONE"}},
		"claim won":         {before: (*rig).serve, after: func(r *rig) { claimed(true, nil)(r); r.post(); r.done() }, want: []string{"c DONE"}},
		"claim lost":        {before: (*rig).serve, after: claimed(false, nil), settled: true},
		"claim without end": {before: (*rig).serve, after: claimed(false, errors.New("away")), want: []string{"c REFUSED"}},
		"claim, late, no end": {before: (*rig).serve, want: []string{"c REFUSED"},
			after: func(r *rig) { r.pass(6 * time.Second); claimed(false, errors.New("away"))(r) }},
		"claim without end, link gone": {before: (*rig).serve, want: []string{"c REFUSED"}, after: func(r *rig) {
			r.say(scp.Message{Kind: scp.CommOffline, SCP: 4, Attachment: 1})
			claimed(false, errors.New("away"))(r)
		}},
		"too many claims": {before: func(r *rig) {
			r.serve()
			for i := range maxClaiming * r.table.rules.Queue {
				r.publish(unlock(string(rune('A'+i)), 0))
			}
		}, want: []string{"c OVERLOADED"}},
		"too many ids": {before: func(r *rig) { r.serve(); r.table.mostKnown = 0 }, lease: testLease, want: []string{"c OVERLOADED"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, able)
			if test.before != nil {
				test.before(r)
			}
			r.results = nil
			r.table.SoleCommand(r.now, serial, unlock("c", test.lease), r.now)
			r.post()
			if test.after != nil {
				test.after(r)
			}
			r.wantResults(test.want...)
			if settled := slices.Equal(r.settled, []string{"c"}); settled != test.settled {
				t.Errorf("settled %v", r.settled)
			}
		})
	}
}

// done lets the controller carry the unlock out.
func (r *rig) done() { r.answer(first, "311 4 1", scp.ReplyOK) }

// Only what might be judged is to be taken.
func TestTakes(t *testing.T) {
	tests := map[string]struct {
		change func(*rig)
		want   bool
	}{
		"leased":            {func(r *rig) { r.serve() }, true},
		"no controller":     {func(*rig) {}, false},
		"not confirmed yet": {func(r *rig) { r.attach(first, 1, 0); r.grant(first, testLease, testEpoch, 0) }, false},
		"lease ran out":     {func(r *rig) { r.serve(); r.pass(time.Hour) }, false},
		"lease revoked": {func(r *rig) {
			r.serve()
			r.table.Revoked(r.now, &pb.LeaseRevoke{Serial: serial, LeaseEpoch: testLease})
		}, false},
		"going down":       {func(r *rig) { r.serve(); r.table.BeginDrain() }, false},
		"no room for more": {func(r *rig) { r.serve(); r.room = 0 }, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, able)
			test.change(r)
			if got := r.table.Takes(r.now, serial); got != test.want {
				t.Errorf("takes commands: %v", got)
			}
		})
	}
}

// What another process may have posted ends without a post; but an id that was executed here keeps its end.
func TestAnswer(t *testing.T) {
	r := newRig(t, able)
	unknown := func(id string) {
		r.table.Answer(r.now, serial, id, pb.Outcome_OUTCOME_UNKNOWN, "it may have been posted")
	}
	unknown("nobody is here")
	r.serve()
	unknown("not known")
	r.command("open", 1)
	unknown("open")
	r.wantResults("nobody is here UNKNOWN", "not known UNKNOWN")
	r.done()
	unknown("open")
	r.wantResults("open DONE", "open DONE")
	r.wantLines("311 4 1")
}

func TestStoredResultsAreSettled(t *testing.T) {
	r := newRig(t, able)
	r.table.ResultsStored([]string{"a", "b"})
	if !slices.Equal(r.settled, []string{"a", "b"}) {
		t.Errorf("settled %v", r.settled)
	}
}
