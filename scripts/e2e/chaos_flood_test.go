//go:build chaos

package e2e

import (
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Somebody dials again and again and talks nonsense. The others are served meanwhile, and the log stays readable.
func TestChaosMalformedFlood(t *testing.T) {
	const panels, diallers = 10, 8
	frames := int64(scaled(100_000, 10_000))
	s := startSystem(t, 1)
	d := s.drivers[0]
	startFleet(t, loopback(d.port), panels, "-scenario", "idle")
	eventually(t, 15*time.Second, "all carry out commands", s.served(panels))

	var flooding sync.WaitGroup
	var sent atomic.Int64
	for range diallers {
		flooding.Go(func() {
			for sent.Add(1) <= frames && !t.Failed() {
				if err := nonsense(loopback(d.port)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for sent.Load() < frames && !t.Failed() {
		tell(t, "%d of %d malformed frames", sent.Load(), frames)
		within(t, "all carry out a command during a malformed flood", 5*time.Second, time.Now(), s.served(panels))
		passes(t, time.Second, "the flood goes on")
	}
	flooding.Wait()
	if err := s.app.sawOffline(0); err != nil {
		t.Error(err)
	}
	keep(t, "memory of the driver after a malformed flood", stalledRSS, d.rss())
	keep(t, "KiB that the driver logs in a malformed flood", number(1024), number(len(d.said())>>10))
}

// nonsense dials, says a frame of a type that there is not, and waits until that is answered by the end of the link.
func nonsense(addr string) error {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	conn.(*net.TCPConn).SetLinger(0) // else the ports for outgoing connections run out
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := conn.Write([]byte{0, 2, 0xff, 0xff}); err != nil {
		return err
	}
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		return fmt.Errorf("a malformed frame was answered")
	}
	return nil
}
