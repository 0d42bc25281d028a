package thread

import (
	"context"
	"slices"
	"strconv"
	"sync/atomic"
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
		{"a call that has less time than the limit", func(s *Slot) {
			s.BeginWithin(drain, time.Second)
			time.Sleep(time.Second + 300*time.Millisecond)
			s.End()
		}, []string{"drain"}},
		{"one that begins while the watch rests", func(s *Slot) {
			s.Begin(wait)
			time.Sleep(wait.Allowance)
			s.End()
			time.Sleep(3 * rest / 2)
			s.BeginWithin(drain, time.Second)
			time.Sleep(time.Second + 300*time.Millisecond)
			s.End()
		}, []string{"drain"}},
		{"its successor has the limit again", func(s *Slot) {
			s.BeginWithin(drain, time.Second)
			time.Sleep(900 * time.Millisecond)
			s.End()
			s.Begin(drain)
			time.Sleep(limit - time.Millisecond)
			s.End()
		}, nil},
		{"a call that would have more time than the limit", func(s *Slot) {
			s.BeginWithin(drain, time.Minute)
			time.Sleep(limit + 300*time.Millisecond)
			s.End()
		}, []string{"drain"}},
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
		{"a wait without end that says that it lives", func(s *Slot) {
			var n atomic.Uint64
			s.Begin(&Call{Name: "wait", Allowance: time.Second, Alive: n.Load})
			for range 60 {
				time.Sleep(time.Second)
				n.Add(1)
			}
			s.End()
		}, nil},
		{"one that says so no more", func(s *Slot) {
			var n atomic.Uint64
			s.Begin(&Call{Name: "wait", Allowance: time.Second, Alive: n.Load})
			time.Sleep(time.Second)
			n.Add(1)
			time.Sleep(time.Minute)
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
		for range 60 { // 6 s: the limit, and some rounds more
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

// Where the watch rests while a wait hangs, calls that come and go now and then must not keep it from counting.
func TestHangOfAWaitIsNoticedInTimeWhileCallsComeAndGo(t *testing.T) {
	const allowance = 250 * time.Millisecond
	hangs := watched(t, func(w *Watch) {
		w.Slot("event").Begin(&Call{Name: "wait", Allowance: allowance, Alive: func() uint64 { return 7 }})
		busy := w.Slot("command-1")
		for end := time.Now().Add(limit + allowance + rest + 5*round); time.Now().Before(end); {
			time.Sleep(9 * round)
			busy.Begin(drain)
			busy.End()
		}
	})
	if len(hangs) != 1 || hangs[0].Call != "wait" {
		t.Errorf("reported %v", hangs)
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

// With another limit a Watch goes on where it was: what has hung for longest is reported first.
func TestRunGoesOnWithAnotherLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := NewWatch()
		ctx, cancel := context.WithCancel(t.Context())
		go w.Run(ctx, time.Minute, func(h Hang) { t.Errorf("reported %v within a minute", h) })
		for i := range 20 { // their order in a map is chance
			w.Slot(strconv.Itoa(i)).Begin(drain)
			time.Sleep(500 * time.Millisecond)
		}
		cancel()
		ctx, cancel = context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		began, thread := time.Now(), 0
		w.Run(ctx, limit, func(h Hang) {
			if h.Thread != strconv.Itoa(thread) || h.Age < limit {
				t.Errorf("reported %v, want thread %d", h, thread)
			}
			if thread++; thread == 10 && time.Since(began) > limit/4 {
				t.Errorf("after %v", time.Since(began))
			}
		})
		if thread < 10 || thread > 15 {
			t.Errorf("%d calls were reported, half of them had hung for %v before", thread, limit)
		}
	})
}

// A driver that ends as soon as it began has told a Run to end before that began.
func TestRunThatIsOverWaitsForNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := NewWatch()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go w.Run(ctx, limit, func(Hang) {})
		synctest.Wait()
		over, end := context.WithCancel(t.Context())
		end()
		w.Run(over, limit, func(Hang) {})
	})
}

// A wait that is held up by a call which hangs, and which began while it waited, is not taken for the cause.
func TestCallThatMayNotWaitIsReportedFirst(t *testing.T) {
	brief := &Call{Name: "wait", Allowance: round}
	for later := time.Duration(0); later <= brief.Allowance; later += 5 * time.Millisecond {
		var threads []string
		for _, h := range watched(t, func(w *Watch) {
			time.Sleep(round * 9 / 10) // the next look is near
			w.Slot("event").Begin(brief)
			time.Sleep(later)
			w.Slot("command-1").Begin(drain)
			time.Sleep(2 * limit)
		}) {
			threads = append(threads, h.Thread)
		}
		if !slices.Equal(threads, []string{"command-1", "event"}) {
			t.Errorf("begun %v later: reported %v", later, threads)
		}
	}
}

func BenchmarkBeginEnd(b *testing.B) {
	slot := NewWatch().Slot("event")
	for b.Loop() {
		slot.Begin(drain)
		slot.End()
	}
}
