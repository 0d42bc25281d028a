package thread

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

var (
	drain = &Call{Name: "drain"}
	wait  = &Call{Name: "wait", Allowance: 2 * time.Second}
)

const limit = 5 * time.Second

// watched runs a Watch with the given limit in a synctest bubble while act plays a library thread, and
// returns what was reported.
func watched(t *testing.T, act func(*Watch)) (hangs []Hang) {
	synctest.Test(t, func(t *testing.T) {
		w := NewWatch()
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			w.Run(ctx, limit, func(h Hang) { hangs = append(hangs, h) })
		}()
		act(w)
		cancel()
		<-done
	})
	return hangs
}

func TestWatch(t *testing.T) {
	tests := []struct {
		name string
		act  func(*Slot)
		want []string // calls reported
	}{
		{"idle", func(*Slot) { time.Sleep(time.Minute) }, nil},
		{"one long call within the limit", func(s *Slot) {
			s.Begin(drain)
			time.Sleep(limit - time.Millisecond)
			s.End()
		}, nil},
		{"many short calls of one kind, always seen busy", func(s *Slot) {
			for range 1000 {
				s.Begin(drain)
				time.Sleep(100 * time.Millisecond)
				s.End()
			}
		}, nil},
		{"a call that hangs is reported once", func(s *Slot) {
			s.Begin(drain)
			time.Sleep(time.Minute)
		}, []string{"drain"}},
		{"a late call that comes back after all, then a second one", func(s *Slot) {
			s.Begin(drain)
			time.Sleep(2 * limit)
			s.End()
			s.Begin(drain)
			time.Sleep(2 * limit)
			s.End()
		}, []string{"drain", "drain"}},
		{"a wait within its allowance", func(s *Slot) {
			s.Begin(wait)
			time.Sleep(limit + wait.Allowance - time.Millisecond)
			s.End()
		}, nil},
		{"a wait beyond its allowance", func(s *Slot) {
			s.Begin(wait)
			time.Sleep(limit + 2*wait.Allowance)
			s.End()
		}, []string{"wait"}},
		{"a slot that was closed in a call", func(s *Slot) {
			s.Begin(drain)
			s.Close()
			time.Sleep(time.Minute)
		}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var calls []string
			for _, h := range watched(t, func(w *Watch) { test.act(w.Slot("event")) }) {
				calls = append(calls, h.Call)
			}
			if !slices.Equal(calls, test.want) {
				t.Errorf("reported %v, want %v", calls, test.want)
			}
		})
	}
}

func TestHangIsNoticedInTimeAndNamed(t *testing.T) {
	var tid int
	hangs := watched(t, func(w *Watch) {
		busy := w.Slot("command-1")
		defer busy.Close()
		hung := w.Slot("event")
		tid = hung.tid
		hung.Begin(drain)
		for range 60 { // 6 s: the limit, and less than three rounds more
			busy.Begin(drain)
			time.Sleep(100 * time.Millisecond)
			busy.End()
		}
	})
	want := Hang{Thread: "event", TID: tid, Call: "drain", Age: limit}
	if len(hangs) != 1 || hangs[0] != want {
		t.Errorf("reported %v, want %v", hangs, want)
	}
}

// A process that was stopped for a minute, as seen by the watching side: one round that lasts a minute.
func TestStoppedProcessIsNoHang(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := NewWatch()
		ctx, cancel := context.WithCancel(t.Context())
		var hangs []string
		go w.Run(ctx, limit, func(h Hang) {
			hangs = append(hangs, h.Thread)
			time.Sleep(time.Minute)
		})
		w.Slot("hung").Begin(drain)
		time.Sleep(limit)
		healthy := w.Slot("healthy")
		healthy.Begin(drain)
		time.Sleep(time.Minute + limit/2)
		healthy.End()
		cancel()
		synctest.Wait()
		if !slices.Equal(hangs, []string{"hung"}) {
			t.Errorf("reported %v, want the hung thread alone", hangs)
		}
	})
}

// A Watch may be run anew, with another limit: what was counted before does not count, and what was reported is
// reported again.
func TestRunsFollowEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := NewWatch()
		w.Slot("hung").Begin(drain)
		for _, limit := range []time.Duration{limit, limit / 5, 2 * limit} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			began := time.Now()
			var hangs []Hang
			w.Run(ctx, limit, func(h Hang) {
				hangs = append(hangs, h)
				cancel()
			})
			// A call that is not marked yet is known from the first round on.
			if took := time.Since(began); len(hangs) != 1 || took < limit || took > limit+limit/roundsPerLimit {
				t.Errorf("%v after %v, want one after %v", hangs, took, limit)
			}
		}
	})
}

func BenchmarkBeginEnd(b *testing.B) {
	slot := NewWatch().Slot("event")
	for b.Loop() {
		slot.Begin(drain)
		slot.End()
	}
}
