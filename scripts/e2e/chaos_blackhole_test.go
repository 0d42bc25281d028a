//go:build chaos

package e2e

import (
	"testing"
	"time"
)

// The line to the app swallows everything and stays open. The driver notices by its own heartbeats: the app is a
// gRPC server as it comes, which would end a connection that is asked for signs of life more often than every 5 minutes.
func TestChaosBlackholedApp(t *testing.T) {
	const panels = 10
	s := startSystem(t, 0)
	line := startToxiproxy(t).before("app", s.app.port)
	d := aDriver(t, line.port, s.redis.port).start(t)
	s.drivers = append(s.drivers, d)
	d.awaitReady()
	f := startFleet(t, loopback(d.port), panels, "-scenario", "rush", "-rate", "100")
	eventually(t, 15*time.Second, "all carry out commands", s.served(panels))
	holes := scaled(2, 1)
	for n := range holes {
		reconnects := d.metric("mercury_stream_reconnects_total")
		tell(t, "the app's line becomes a black hole, %d of %d", n+1, holes)
		within(t, "a black hole to the app is noticed", 10*time.Second, line.blackhole(), func() error { return d.counts("mercury_stream_up", 0) })
		since := line.heal()
		within(t, "the stream is resumed after a black hole", 10*time.Second, since, func() error { return d.counts("mercury_stream_up", 1) })
		within(t, "all carry out commands after a black hole to the app", 15*time.Second, since, s.served(panels))
		if n := d.metric("mercury_stream_reconnects_total"); n != reconnects+1 {
			t.Errorf("%d reconnects are counted, want one", n-reconnects)
		}
	}
	f.stop(10 * time.Second)
	f.start(t, "-scenario", "idle")
	f.settle(time.Minute)
	eventually(t, 15*time.Second, "the app has ended all commands", s.app.endedAll)
	s.judge(t, f, nil)
}

// The line to Redis swallows everything and stays open.
func TestChaosBlackholedRedis(t *testing.T) {
	const panels = 10
	s := startSystem(t, 0)
	line := startToxiproxy(t).before("redis", s.redis.port)
	d := aDriver(t, s.app.port, line.port).start(t)
	s.drivers = append(s.drivers, d)
	d.awaitReady()
	startFleet(t, loopback(d.port), panels, "-scenario", "idle")
	eventually(t, 15*time.Second, "all carry out commands", s.served(panels))
	holes := scaled(3, 1)
	for n := range holes {
		reconnects := d.metric("mercury_redis_reconnects_total")
		tell(t, "the line to Redis becomes a black hole, %d of %d", n+1, holes)
		within(t, "a black hole to Redis is noticed", 5*time.Second, line.blackhole(), func() error { return d.counts("mercury_redis_up", 0) })
		eventually(t, 5*time.Second, "the app knows that no command is heard", func() error { return s.app.hasOnline(0) })
		since := line.heal()
		within(t, "commands are heard again after a black hole to Redis", 5*time.Second, since, func() error { return s.app.hasOnline(panels) })
		within(t, "all carry out commands after a black hole to Redis", 10*time.Second, since, s.served(panels))
		if n := d.metric("mercury_redis_reconnects_total"); n != reconnects+1 {
			t.Errorf("%d reconnects are counted, want one", n-reconnects)
		}
	}
	if err := s.app.sawOffline(0); err != nil {
		t.Error(err)
	}
}
