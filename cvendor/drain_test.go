//go:build !mpl

package cvendor_test

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mercury-driver/cvendor"
	"mercury-driver/cvendor/scp"
	"mercury-driver/sim/link"
)

func TestBatches(t *testing.T) {
	s := open(t)
	p := s.dial(61364)
	const many = 1000
	s.post(p, scp.LogReport{LogPosition: scp.LogPosition{Epoch: p.LogEpoch, Index: many}})
	s.next(scp.CommandReply)
	var frames []byte
	for index := uint64(1); index <= many; index++ {
		frames = link.AppendMessage(frames, &scp.Message{Kind: scp.DoorPosition, LogEpoch: p.LogEpoch, Index: index})
	}
	p.send(frames)

	index, largest := uint64(0), 0
	buf := make([]scp.Message, 2*cvendor.MaxBatch)
	for deadline := time.Now().Add(10 * time.Second); index < many && time.Now().Before(deadline); {
		n, err := s.Drain(buf, time.Second, false)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range buf[:n] {
			if index++; m.Index != index {
				t.Fatalf("index %d came instead of %d", m.Index, index)
			}
		}
		largest = max(largest, n)
	}
	if index != many || largest > cvendor.MaxBatch {
		t.Errorf("%d transactions came, up to %d in a batch", index, largest)
	}
}

// Transactions that come at the pace of every day, one or ten each millisecond, are fetched together.
func TestMessagesComeTogether(t *testing.T) {
	t.Run("1,000 a second", func(t *testing.T) { comeTogether(t, 1) })
	t.Run("10,000 a second", func(t *testing.T) { comeTogether(t, 10) })
}

// comeTogether is with so many each millisecond.
func comeTogether(t *testing.T, each uint64) {
	s := open(t)
	p := s.dial(61364)
	const times = 100
	many := times * each
	s.post(p, scp.LogReport{LogPosition: scp.LogPosition{Epoch: p.LogEpoch, Index: many}})
	s.next(scp.CommandReply)
	go func() {
		pace := time.NewTicker(time.Millisecond)
		defer pace.Stop()
		for index := uint64(0); index < many; {
			var frames []byte
			for range each {
				index++
				frames = link.AppendMessage(frames, &scp.Message{Kind: scp.DoorPosition, LogEpoch: p.LogEpoch, Index: index})
			}
			p.send(frames)
			<-pace.C
		}
	}()
	calls, fetched := 0, 0
	for deadline := time.Now().Add(10 * time.Second); fetched < int(many) && time.Now().Before(deadline); calls++ {
		n, err := s.Drain(s.batch[:], time.Second, false)
		if err != nil {
			t.Fatal(err)
		}
		fetched += n
	}
	if fetched < int(many) || calls > times/2 {
		t.Errorf("%d of %d were fetched in %d calls", fetched, many, calls)
	}
}

// Who has said all that it may and waits for what is fetched is not let wait for more of it.
func TestAFloodIsNotHeldUp(t *testing.T) {
	s := open(t)
	p := s.dial(61364)
	const rounds, window = 400, 200
	s.post(p, scp.LogReport{LogPosition: scp.LogPosition{Epoch: p.LogEpoch, Index: rounds * window}})
	s.next(scp.CommandReply)
	took, index := map[bool][]time.Duration{}, uint64(0)
	for round := range rounds {
		busy := round/50%2 == 1 // nothing is let come together then
		began := time.Now()
		var frames []byte
		for range window {
			index++
			frames = link.AppendMessage(frames, &scp.Message{Kind: scp.DoorPosition, LogEpoch: p.LogEpoch, Index: index})
		}
		p.send(frames)
		for fetched := 0; fetched < window; {
			n, err := s.Drain(s.batch[:], time.Second, busy)
			if err != nil || n == 0 {
				t.Fatalf("%d drained, %v", n, err)
			}
			fetched += n
		}
		took[busy] = append(took[busy], time.Since(began))
	}
	// Who is held up is so in each round. As much as at the pace of the rounds themselves is let come together.
	least := map[bool]time.Duration{false: slices.Min(took[false]), true: slices.Min(took[true])}
	if more := least[false] - least[true]; more > 5*time.Millisecond/2+least[true] {
		t.Errorf("a round took %v more than the %v of one in which nothing is let come together", more, least[true])
	}
}

// A lone transaction is not let wait for more behind a controller's answer, nor where a reply is waited for.
func TestNothingIsHeldUp(t *testing.T) {
	s := open(t)
	p := s.dial(61364)
	const rounds = 100
	took, index := map[string][]time.Duration{}, uint64(0)
	one := func(busy bool) time.Duration {
		index++
		began := time.Now()
		p.send(link.AppendMessage(nil, &scp.Message{Kind: scp.DoorPosition, LogEpoch: p.LogEpoch, Index: index}))
		drainOne(t, s, scp.DoorPosition, busy)
		return time.Since(began)
	}
	pace := time.NewTicker(10 * time.Millisecond) // what comes is no flood
	defer pace.Stop()
	for range rounds {
		<-pace.C
		s.post(p, scp.LogReport{LogPosition: scp.LogPosition{Epoch: p.LogEpoch, Index: index + 2}})
		drainOne(t, s, scp.CommandReply, false)
		took["behind an answer"] = append(took["behind an answer"], one(false))
		took["where a reply is waited for"] = append(took["where a reply is waited for"], one(true))
	}
	for where, took := range took {
		if least := slices.Min(took); least > 5*time.Millisecond/2 {
			t.Errorf("%s: it takes %v", where, least)
		}
	}
}

// drainOne takes the one message that comes, with room for more.
func drainOne(t *testing.T, s *site, kind scp.Kind, busy bool) {
	t.Helper()
	n, err := s.Drain(s.batch[:], time.Second, busy)
	if err != nil || n != 1 || s.batch[0].Kind != kind {
		t.Fatalf("%d came, %v, %v; want one %v", n, s.batch[0].Kind, err, kind)
	}
}

func TestDrainWaits(t *testing.T) {
	s := open(t)
	for _, test := range []struct {
		name           string
		timeout, least time.Duration
	}{
		{"not at all", 0, 0},
		{"not for a time below 0", -time.Second, 0},
		{"as long as asked", 30 * time.Millisecond, 30 * time.Millisecond},
		{"no longer than MaxWait", time.Hour, cvendor.MaxWait},
	} {
		t.Run(test.name, func(t *testing.T) {
			began := time.Now()
			n, err := s.Drain(s.batch[:], test.timeout, false)
			if took := time.Since(began); n != 0 || err != nil || took < test.least || took > test.least+5*time.Second {
				t.Errorf("drained %d, %v, after %v", n, err, took)
			}
		})
	}
}

func TestWokenDrainWaitsNoMore(t *testing.T) {
	s := open(t)
	drain := func(timeout time.Duration) time.Duration {
		began := time.Now()
		if n, err := s.Drain(s.batch[:], timeout, false); n != 0 || err != nil {
			t.Errorf("drained %d, %v", n, err)
		}
		return time.Since(began)
	}
	before := s.Waits()
	time.AfterFunc(3*cvendor.Slice/2, s.Wake)
	if took := drain(time.Hour); took > cvendor.MaxWait/2 {
		t.Errorf("the wait under way took %v", took)
	}
	if s.Waits() == before {
		t.Error("it was not seen to wait")
	}
	s.Wake()
	if took := drain(time.Hour); took > cvendor.Slice {
		t.Errorf("one that was woken before took %v", took)
	}
	if took := drain(2 * cvendor.Slice); took < 2*cvendor.Slice {
		t.Errorf("the next one took %v", took)
	}
}

func TestOneThreadDrains(t *testing.T) {
	s := open(t)
	refused := &scp.Error{Code: scp.Refused}
	var other sync.WaitGroup
	var enough atomic.Bool
	other.Go(func() {
		for buf := make([]scp.Message, 1); !enough.Load(); {
			if _, err := s.Drain(buf, time.Hour, false); err != nil && !errors.Is(err, refused) {
				t.Error(err)
			}
		}
	})
	for err := error(nil); !errors.Is(err, refused); {
		_, err = s.Drain(s.batch[:], 0, false)
	}
	enough.Store(true)
	other.Wait()
}
