//go:build !mpl

package cvendor_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"mercury-driver/cvendor"
	"mercury-driver/cvendor/scp"
)

func TestClosed(t *testing.T) {
	s := open(t)
	p := s.dial(61364)
	other, err := cvendor.Open(channel)
	if want := "open the controller library: refused: it is open, close it first"; err == nil || err.Error() != want {
		t.Fatalf("a second library is %v, %v", other, err)
	}

	s.Close()
	s.Close()
	s.refuses(p, scp.Unlock{Door: 1}, 0, scp.Closed)
	if _, err := s.Drain(s.batch[:], time.Hour, false); !errors.Is(err, &scp.Error{Code: scp.Closed}) {
		t.Errorf("drain gives %v", err)
	}

	s.reopen()
	s.refuses(p, scp.Unlock{Door: 1}, 0, scp.Gone) // it is still attached, but was handed out before
	p.hangUp()
	s.next(scp.CommOffline)
	s.post(s.dial(61364), scp.Unlock{Door: 1})
	s.next(scp.CommandReply)
}

func TestCloseWaitsForDrain(t *testing.T) {
	s := open(t)
	var draining sync.WaitGroup
	draining.Go(func() {
		for err := error(nil); err == nil; {
			_, err = s.Drain(s.batch[:], time.Hour, false)
		}
	})
	s.Close()
	draining.Wait()
	s.reopen()
}

func TestCapabilities(t *testing.T) {
	s := open(t)
	want := scp.Capabilities{Library: "simulator", Waits: true, ParallelPosts: true, Rewind: true, CumulativeAck: true,
		ReportUpTo: true, Pause: true, LogEpochs: true, LastHeard: true, MaxLinks: 10_000}
	if got := s.Capabilities(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
