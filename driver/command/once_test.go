package command

import (
	"errors"
	"fmt"
	"testing"
	"time"

	pb "mercury-driver/proto/mercury/driver/v1"
)

func newOnce() *once { return &once{over: make(map[string]time.Time)} }

// A signed command gets in once: while it is remembered, and after that because its time has passed, by the vendor
// app's clock. Broken once on purpose: without the bound by its age it gets in again.
func TestSignedCommandGetsInOnce(t *testing.T) {
	for _, ttl := range []time.Duration{2 * time.Second, time.Minute, 10 * time.Minute} {
		t.Run(fmt.Sprint("ttl ", ttl), func(t *testing.T) {
			o, c := newOnce(), dated("c-1")
			c.TtlMs = uint32(ttl.Milliseconds())
			end := 2*ttl + 2*onceMargin
			for at := time.Duration(0); at < end; at += time.Second / 2 {
				if fresh, err := o.take(issued.Add(at), c); err != nil || fresh != (at == 0) {
					t.Fatalf("after %v: %v, %v", at, fresh, err)
				}
			}
			if _, err := o.take(issued.Add(end), dated("c-1")); err != nil || len(o.over) != 0 {
				t.Errorf("%d ids are remembered for ever, %v", len(o.over), err)
			}
		})
	}
}

func TestFirstHeardLate(t *testing.T) {
	for _, test := range []struct {
		after time.Duration
		fresh bool
	}{
		{-maxAhead, true}, {5 * time.Second, true},
		{5*time.Second + onceMargin, true}, // the session answers: expired
		{5*time.Second + onceMargin + 1, false}, {24 * time.Hour, false}, {200 * 365 * 24 * time.Hour, false},
	} {
		now := issued.Add(test.after)
		if fresh, err := newOnce().take(now, dated("c-1")); err != nil || fresh != test.fresh {
			t.Errorf("%v after its issue: %v, %v", test.after, fresh, err)
		}
	}
}

// The vendor app's clock is set back: what was forgotten before seems fresh by it, and gets in no more. What is issued
// from then on does, once the clock has left behind what was forgotten. Seen to fail without a floor under the time.
func TestAppClockThatIsSetBack(t *testing.T) {
	for back, shut := range map[time.Duration]bool{30 * time.Second: false, 10 * time.Minute: true, time.Hour: true} {
		t.Run(fmt.Sprint("by ", back), func(t *testing.T) {
			o := newOnce()
			named := func(id string, at time.Time) *pb.Command {
				c := dated(id)
				c.IssuedAtNs = at.UnixNano()
				return c
			}
			app := issued
			for i := range 7200 { // a command each second
				if fresh, err := o.take(app, named(fmt.Sprint("c-", i), app)); !fresh || err != nil {
					t.Fatalf("command %d: %v, %v", i, fresh, err)
				}
				app = app.Add(time.Second)
			}
			end := app
			app = app.Add(-back)
			for i := range 7200 {
				if fresh, _ := o.take(app, named(fmt.Sprint("c-", i), issued.Add(time.Duration(i)*time.Second))); fresh {
					t.Fatalf("command %d gets in again", i)
				}
			}
			if fresh, err := o.take(app, named("new", app)); fresh == shut || err != nil {
				t.Errorf("a new one: %v, %v", fresh, err)
			}
			if fresh, err := o.take(end, named("later", end)); !fresh || err != nil {
				t.Errorf("a later one: %v, %v", fresh, err)
			}
		})
	}
}

// The driver's own clock stands in until the vendor app tells its own; that it was ahead shuts nobody out.
func TestAppClockThatIsToldLate(t *testing.T) {
	o := newOnce()
	if fresh, err := o.take(issued.Add(time.Hour), dated("c-1")); fresh || err != nil {
		t.Errorf("by the driver's clock: %v, %v", fresh, err)
	}
	if fresh, err := o.take(issued, dated("c-2")); !fresh || err != nil {
		t.Errorf("by the app's clock: %v, %v", fresh, err)
	}
}

// One of the future is remembered until its time has come and gone.
func TestIssuedAhead(t *testing.T) {
	o := newOnce()
	for at := -maxAhead; at < 2*onceMargin; at += time.Second {
		if fresh, err := o.take(issued.Add(at), dated("c-1")); err != nil || fresh != (at == -maxAhead) {
			t.Fatalf("%v after its issue: %v, %v", at, fresh, err)
		}
	}
}

func TestMemoryIsBounded(t *testing.T) {
	o := newOnce()
	for i := range maxOnce {
		o.over[fmt.Sprint(i)] = issued.Add(time.Minute)
	}
	if fresh, err := o.take(issued, dated("c-1")); fresh || !errors.Is(err, errCrowded) {
		t.Errorf("got %v, %v", fresh, err)
	}
	later := issued.Add(time.Minute + sweepEvery)
	c := dated("c-1")
	c.IssuedAtNs = later.UnixNano()
	if fresh, err := o.take(later, c); !fresh || err != nil {
		t.Errorf("later: %v, %v", fresh, err)
	}
}

// A ttl out of range is the session's to refuse; here it must not shorten the memory.
func TestTTLOutOfRange(t *testing.T) {
	o, c := newOnce(), &pb.Command{Id: "c-1", TtlMs: 1, IssuedAtNs: issued.UnixNano(), Action: unlock.Action}
	for i, want := range []bool{true, false} {
		now := issued.Add(time.Duration(i) * time.Minute)
		if fresh, err := o.take(now, c); err != nil || fresh != want {
			t.Errorf("time %d: %v, %v", i+1, fresh, err)
		}
	}
}
