package pool

import (
	"context"
	"fmt"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"mercury-driver/driver/controller"
	"mercury-driver/driver/thread"
)

// BenchmarkPool hands one-command sessions to the pool, so many at a time, and waits for their posts: the
// pool with threads of its own, and the same pool on plain goroutines. A post takes about 1 us, as a short
// call into C does.
func BenchmarkPool(b *testing.B) {
	unlocked := func(group *errgroup.Group, _ string, fn func() error) { group.Go(fn) }
	for _, outstanding := range []int{1, 20} {
		for _, kind := range []struct {
			name  string
			spawn func(*errgroup.Group, string, func() error)
		}{{"locked", thread.Go}, {"unlocked", unlocked}} {
			b.Run(fmt.Sprintf("%d/%s", outstanding, kind.name), func(b *testing.B) {
				benchmarkPool(b, outstanding, kind.spawn)
			})
		}
	}
}

func benchmarkPool(b *testing.B, outstanding int, spawn func(*errgroup.Group, string, func() error)) {
	p := New(20, library(func(controller.Post) {
		for start := time.Now(); time.Since(start) < time.Microsecond; {
		}
	}), thread.NewWatch())
	p.spawn = spawn
	ctx, cancel := context.WithCancel(context.Background())
	var group errgroup.Group
	p.Start(ctx, &group)
	free := make(chan *fakeSession, outstanding)
	for i := range outstanding {
		s := &fakeSession{t: b, key: controller.Key{SCP: int16(i)}}
		s.posted = func(uint32) { free <- s }
		free <- s
	}
	before := cpu(b)
	for b.Loop() {
		s := <-free
		s.add(1)
		p.ready(s)
	}
	for range outstanding {
		<-free
	}
	b.ReportMetric(float64(cpu(b)-before)/float64(b.N), "cpu-ns/op")
	b.ReportMetric(float64(p.Stats().Threads), "threads")
	cancel()
	_ = group.Wait()
}

func cpu(b *testing.B) time.Duration {
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
