package command

import (
	"errors"
	"fmt"
	"testing"
	"time"

	pb "mercury-driver/proto/mercury/driver/v1"
)

func newOnce() *once { return &once{until: make(map[string]time.Time)} }

// A signed command gets in once: while it is remembered, and after that because its time has passed, by the vendor
// app's clock, whatever ours shows. Broken once on purpose: without the bound by its age it gets in again.
func TestSignedCommandGetsInOnce(t *testing.T) {
	for _, off := range []time.Duration{0, time.Hour, -time.Hour} {
		for _, ttl := range []time.Duration{2 * time.Second, time.Minute, 10 * time.Minute} {
			t.Run(fmt.Sprint("ttl ", ttl, ", app's clock ahead by ", off), func(t *testing.T) {
				o, c := newOnce(), dated("c-1")
				c.TtlMs = uint32(ttl.Milliseconds())
				for at := time.Duration(0); at < 2*ttl+time.Minute; at += time.Second / 2 {
					fresh, err := o.take(issued.Add(at-off), issued.Add(at), c)
					if err != nil || fresh != (at == 0) {
						t.Fatalf("after %v: %v, %v", at, fresh, err)
					}
				}
				if _, err := o.take(issued.Add(2*ttl+time.Minute-off), issued.Add(2*ttl+time.Minute), dated("c-1")); err != nil || len(o.until) != 0 {
					t.Errorf("%d ids are remembered for ever, %v", len(o.until), err)
				}
			})
		}
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
		if fresh, err := newOnce().take(now, now, dated("c-1")); err != nil || fresh != test.fresh {
			t.Errorf("%v after its issue: %v, %v", test.after, fresh, err)
		}
	}
}

// One of the future is remembered until its time has come and gone.
func TestIssuedAhead(t *testing.T) {
	o := newOnce()
	for at := -maxAhead; at < time.Minute; at += time.Second {
		if fresh, err := o.take(issued.Add(at), issued.Add(at), dated("c-1")); err != nil || fresh != (at == -maxAhead) {
			t.Fatalf("%v after its issue: %v, %v", at, fresh, err)
		}
	}
}

func TestMemoryIsBounded(t *testing.T) {
	o := newOnce()
	for i := range maxOnce {
		o.until[fmt.Sprint(i)] = issued.Add(time.Minute)
	}
	if fresh, err := o.take(issued, issued, dated("c-1")); fresh || !errors.Is(err, errCrowded) {
		t.Errorf("got %v, %v", fresh, err)
	}
	later := issued.Add(time.Minute + sweepEvery)
	c := dated("c-1")
	c.IssuedAtNs = later.UnixNano()
	if fresh, err := o.take(later, later, c); !fresh || err != nil {
		t.Errorf("later: %v, %v", fresh, err)
	}
}

// A ttl out of range is the session's to refuse; here it must not shorten the memory.
func TestTTLOutOfRange(t *testing.T) {
	o, c := newOnce(), &pb.Command{Id: "c-1", TtlMs: 1, IssuedAtNs: issued.UnixNano(), Action: unlock.Action}
	for i, want := range []bool{true, false} {
		now := issued.Add(time.Duration(i) * time.Minute)
		if fresh, err := o.take(now, now, c); err != nil || fresh != want {
			t.Errorf("time %d: %v, %v", i+1, fresh, err)
		}
	}
}
