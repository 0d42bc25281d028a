package uplink

import (
	"testing"
	"time"
	"unsafe"

	pb "mercury-driver/proto/mercury/driver/v1"
)

func beaten(seconds int) pulse {
	p := newPulse(start)
	for i := range seconds {
		if p.heartbeat(after(time.Duration(i)*time.Second)) == nil {
			panic("no heartbeat was due")
		}
	}
	return p
}

func TestHeartbeatEachSecond(t *testing.T) {
	p := newPulse(start)
	for i, c := range []struct {
		at   time.Duration
		want uint64
	}{{0, 1}, {time.Second - 1, 0}, {time.Second, 2}, {5 * time.Second, 3}, {5*time.Second + 1, 0}} {
		if got := p.heartbeat(after(c.at)).GetNumber(); got != c.want {
			t.Errorf("step %d at %v: heartbeat %d, want %d", i, c.at, got, c.want)
		}
	}
}

func TestEcho(t *testing.T) {
	type echo struct {
		number uint64
		fresh  bool
		born   time.Duration // after the echo
	}
	for name, echoes := range map[string][]echo{
		"in order":       {{1, true, 0}, {2, true, time.Second}, {3, true, 2 * time.Second}},
		"one left out":   {{1, true, 0}, {3, true, 2 * time.Second}},
		"out of order":   {{2, true, time.Second}, {1, false, time.Second}},
		"repeated":       {{2, true, time.Second}, {2, false, time.Second}},
		"never sent":     {{4, false, 0}, {1 << 63, false, 0}, {3, true, 2 * time.Second}},
		"number is zero": {{0, false, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			p := beaten(3)
			for _, e := range echoes {
				deadline := p.deadline
				fresh := p.echo(after(3*time.Second), &pb.Heartbeat{Number: e.number})
				if fresh != e.fresh || !p.born.Equal(after(e.born)) {
					t.Errorf("echo %d: fresh %v, born at %v", e.number, fresh, p.born.Sub(start))
				}
				if !fresh && p.deadline != deadline {
					t.Errorf("echo %d proves nothing and moved the deadline", e.number)
				}
			}
		})
	}
}

func TestDeadlineFollowsEchoes(t *testing.T) {
	p := beaten(1)
	if !p.deadline.Equal(after(silence)) {
		t.Fatalf("deadline before any echo: %v", p.deadline.Sub(start))
	}
	p.echo(after(3*time.Second), &pb.Heartbeat{Number: 1})
	if !p.deadline.Equal(after(3*time.Second + silence)) {
		t.Fatalf("deadline after an echo read at 3 s: %v", p.deadline.Sub(start))
	}
}

// The true offset is 1 hour throughout: whatever the way there and back takes, the estimate must not be
// off by more than the shortest round trip seen.
func TestClockOffsetIsBoundedByTheRoundTrip(t *testing.T) {
	const truth = time.Hour
	p := newPulse(start)
	best := time.Minute
	for i, c := range []struct{ there, back time.Duration }{
		{900 * time.Millisecond, 0},
		{0, 900 * time.Millisecond},
		{20 * time.Millisecond, 10 * time.Millisecond},
		{300 * time.Millisecond, 5 * time.Millisecond},
		{time.Millisecond, time.Millisecond},
		{0, 700 * time.Millisecond},
	} {
		sent := after(time.Duration(i) * time.Second)
		p.heartbeat(sent)
		app := sent.Add(c.there).Add(truth)
		p.echo(sent.Add(c.there+c.back), &pb.Heartbeat{Number: uint64(i + 1), AppTimeNs: app.UnixNano()})
		best = min(best, c.there+c.back)
		if off := (p.app.Sub(start) - truth).Abs(); off > best {
			t.Errorf("echo %d: offset is off by %v, shortest round trip %v", i, off, best)
		}
	}
	p.heartbeat(after(time.Minute))
	p.echo(after(time.Minute), &pb.Heartbeat{Number: 7, AppTimeNs: after(time.Minute).UnixNano()})
	if !p.app.Equal(start) {
		t.Errorf("the app's clock was set, and is taken to be off by %v", p.app.Sub(start))
	}
}

// Our wall clock is set between a heartbeat and its echo: what the app's shows is reckoned without it.
func TestOurWallClockThatIsSet(t *testing.T) {
	for _, step := range []time.Duration{time.Hour, -time.Hour} {
		opened := time.Now()
		p := newPulse(opened)
		p.heartbeat(opened)
		later := opened.Add(time.Second)
		wall := (*uint64)(unsafe.Pointer(&later)) // beside the monotonic part: a flag, seconds, 30 bits of nanoseconds
		*wall += uint64(step/time.Second) << 30
		p.echo(later, &pb.Heartbeat{Number: 1, AppTimeNs: opened.UnixNano()})
		if off := p.app.Sub(opened.Round(0)).Abs(); later.Sub(opened) != time.Second || off > time.Second {
			t.Errorf("set by %v, the app's clock is taken to be off by %v", step, off)
		}
	}
}

func TestNoClockWithoutTheAppsTime(t *testing.T) {
	p := beaten(1)
	p.echo(start, &pb.Heartbeat{Number: 1})
	if !p.app.IsZero() {
		t.Error("a time was made up")
	}
}
