package core

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"mercury-driver/cvendor/scp"
	"mercury-driver/sim/link"
)

// What the header says about numbers: the smallest free, and used again only by a call after the one
// that returned the offline.
func TestNumbersAreUsedAgainOnlyAfterTheirOffline(t *testing.T) {
	s := newStage(t, Options{})
	first, second := s.online(10), s.online(11)
	s.accepted("9003 0")
	first.link.Lost("gone")
	next := s.dial()
	next.says(hello(12))
	s.refused("311 0 1", "the controller is offline")

	take := func(kind scp.Kind, number int16, attachment uint32) {
		t.Helper()
		var m scp.Message
		if !s.GetMessage(0, &m) || m.Kind != kind || m.SCP != number || m.Attachment != attachment {
			t.Fatalf("%v of scp %d, attachment %d", m.Kind, m.SCP, m.Attachment)
		}
	}
	take(scp.CommOffline, 0, 1)
	s.refused("311 0 1", "no controller has scp 0")
	if next.hears(link.Welcome); len(next.told) > 0 {
		t.Error("a command for the one before reached the next")
	}
	take(scp.CommOnline, 0, 2)
	if tag := s.LastTag(0); tag != 0 {
		t.Errorf("tags go on at %d", tag)
	}
	s.accepted("9003 0")
	take(scp.IdentityTold, 0, 2)
	second.link.Lost("gone")
	take(scp.CommOffline, 1, 1)
	s.dial().says(hello(13))
	take(scp.CommOnline, 1, 2)
}

func TestNumbersGiveTheSmallestFree(t *testing.T) {
	n := newNumbers(130)
	for want := range int16(130) {
		if got := n.take(); got != want {
			t.Fatalf("%d, not %d", got, want)
		}
	}
	for _, number := range []int16{128, 64, 3} {
		n.give(number)
	}
	for _, want := range []int16{3, 64, 128} {
		if got := n.take(); got != want {
			t.Errorf("%d, not %d", got, want)
		}
	}
}

func TestMessagesOutliveTheirChannel(t *testing.T) {
	s := newStage(t, Options{})
	p := s.online(1)
	s.accepted("9002 0")
	if !s.closed || !p.aborted {
		t.Error("still open")
	}
	s.refused("9002 0", "channel 0 is not open")
	late := &panel{s: s}
	if _, err := s.Attach(0, "", "", late); err == nil || !late.aborted {
		t.Error("attached to a closed channel")
	}
	s.accepted("9001 0 5001")
	s.dial().says(hello(2))
	s.sees(scp.CommOffline, scp.CommOnline, scp.IdentityTold)
}

func TestOneControllersOrderIsKept(t *testing.T) {
	const each = 1000
	s := newStage(t, Options{})
	panels := []*panel{s.online(1), s.online(2)}
	s.accepted("9024 0", "9024 1")
	for i := range uint64(each) {
		for _, p := range panels {
			p.says(transaction(0, i+1))
		}
	}
	var next [2]uint64
	for _, m := range s.all() {
		if next[m.SCP]++; m.Index != next[m.SCP] {
			t.Fatalf("scp %d: index %d where %d was next", m.SCP, m.Index, next[m.SCP])
		}
	}
	if next != [2]uint64{each, each} {
		t.Error(next)
	}
}

func TestWaitEndsWithAMessageOrTheTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, Options{})
		start := time.Now()
		if s.Wait(0, 300*time.Millisecond) || time.Since(start) != 300*time.Millisecond {
			t.Errorf("nothing came, waited %v", time.Since(start))
		}
		p := s.dial()
		time.AfterFunc(50*time.Millisecond, func() { p.says(hello(1)) })
		start = time.Now()
		if !s.Wait(0, time.Second) || time.Since(start) != 50*time.Millisecond {
			t.Errorf("a message came, waited %v", time.Since(start))
		}
		var m scp.Message
		s.GetMessage(0, &m)
		if start = time.Now(); !s.Wait(0, time.Second) || time.Since(start) != 0 {
			t.Errorf("another was there, waited %v", time.Since(start))
		}
		s.sees(scp.IdentityTold)
		if s.Wait(99, 0) || s.GetMessage(99, &m) {
			t.Error("no such channel, but a message")
		}
	})
}

func TestTakingFromTwoThreadsIsABreach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, Options{})
		var first sync.WaitGroup
		defer first.Wait()
		first.Go(func() { s.Wait(0, time.Second) })
		synctest.Wait()
		s.sees()
		if s.Wait(0, 0); len(s.breaches) != 2 || s.breaches[0] != "two threads take messages" {
			t.Errorf("%q", s.breaches)
		}
	})
}
