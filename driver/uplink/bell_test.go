package uplink

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// wakes returns after how long a wait ended.
func wakes(ctx context.Context, b bell, at time.Time) time.Duration {
	began := time.Now()
	b.wait(ctx, at)
	return time.Since(began)
}

func TestBell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, ctx := newBell(), t.Context()
		at := time.Now().Add(time.Minute)
		for range 3 { // the alarm is the same, whoever rings before
			b.ring()
			b.ring()
			if took := wakes(ctx, b, at); took != 0 {
				t.Errorf("rung, and woken after %v", took)
			}
		}
		if took := wakes(ctx, b, at); took != time.Minute {
			t.Errorf("woken %v before its time", time.Minute-took)
		}
		if took := wakes(ctx, b, at); took != 0 {
			t.Errorf("its time is past, and it was woken after %v", took)
		}
		if took := wakes(ctx, b, time.Now().Add(time.Second)); took != time.Second {
			t.Errorf("woken after %v, not a second", took)
		}
		b.ring()
		wakes(ctx, b, time.Now().Add(time.Second))
		ctx, end := context.WithTimeout(ctx, time.Hour)
		defer end()
		if took := wakes(ctx, b, time.Time{}); took != time.Hour {
			t.Errorf("nobody rang, and it was woken after %v", took)
		}
	})
}

// Each timer that is set anew may wake a thread.
func TestAlarmThatStaysIsLeftAlone(t *testing.T) {
	b, at := newBell(), time.Now().Add(time.Hour)
	wait := func() {
		b.ring()
		b.wait(t.Context(), at)
	}
	wait()
	timer := b.alarm.timer
	wait()
	if b.alarm.timer != timer {
		t.Error("set anew for the same time")
	}
	timer.Stop()
}
