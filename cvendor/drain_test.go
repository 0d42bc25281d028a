//go:build !mpl

package cvendor_test

import (
	"errors"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mercury-driver/cvendor"
	"mercury-driver/cvendor/scp"
	"mercury-driver/sim/link"
)

// entry is a transaction with a value in every field that its kind has.
func entry(kind scp.Kind, index uint64) scp.Message {
	m := scp.Message{Kind: kind, Time: -1 << 62, LogEpoch: 1<<32 - 1, Index: index}
	switch kind {
	case scp.PanelBoot:
		m.Value = 5
	case scp.AccessGranted, scp.AccessDenied, scp.UnknownCredential, scp.Duress, scp.HostDecisionRequest:
		m.Reader, m.Door, m.Card = 1<<32-1, 1<<31, 1<<64-1
	case scp.FirmwareProgress:
		m.Value, m.Percent = 2, 100
	default:
		m.Number, m.Active, m.Value = 1<<32-2, true, -3
	}
	switch kind {
	case scp.AccessDenied:
		m.Value = 6
	case scp.UnknownCredential:
		m.Bits = 37
	case scp.HostDecisionRequest:
		m.Request, m.Deadline = 1<<32-3, 1<<62
	}
	return m
}

// report lets the panel report up to an index, and waits for the answer.
func (s *site) report(p *panel, upTo uint64) {
	s.t.Helper()
	s.post(p, scp.LogReport{LogPosition: scp.LogPosition{Epoch: 1<<32 - 1, Index: upTo}})
	s.next(scp.CommandReply)
}

func TestTransactionsCross(t *testing.T) {
	s := open(t)
	p := s.dial(61364)
	s.report(p, math.MaxUint64)
	for kind := scp.PanelBoot; kind <= scp.FirmwareProgress; kind++ {
		t.Run(kind.String(), func(t *testing.T) {
			want := entry(kind, math.MaxUint64-uint64(kind))
			p.send(link.AppendMessage(nil, &want))
			want.SCP, want.Attachment = p.number, p.attachment
			if got := s.next(kind); got != want {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	}
}

func TestLogFillCrosses(t *testing.T) {
	s := open(t)
	p := s.dial(61364)
	for _, kind := range []scp.Kind{scp.LogStatus, scp.LogNearFull} {
		want := scp.Message{Kind: kind, Time: 1, Log: scp.LogFill{Capacity: 50_000, Unread: math.MaxUint32, Overwritten: math.MaxUint64}}
		p.send(link.AppendMessage(nil, &want))
		want.SCP, want.Attachment = p.number, p.attachment
		if got := s.next(kind); got != want {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	}
}

func TestRepliesCross(t *testing.T) {
	s := open(t)
	p := s.dial(61364)
	p.mute()
	for _, want := range []scp.Message{
		{Result: scp.ReplyOK},
		{Result: scp.ReplyNAK, NAK: scp.NAKWrongEpoch},
		{Result: scp.ReplyFailed, Text: "strike of door 1 is not wired: prüfen"},
		{Result: scp.ReplyFailed, Text: strings.Repeat("x", link.MaxText)},
	} {
		want.Kind, want.Time, want.Tag = scp.CommandReply, 1, s.post(p, scp.Unlock{Door: 1})
		p.send(link.AppendMessage(nil, &want))
		want.SCP, want.Attachment = p.number, p.attachment
		if got := s.next(scp.CommandReply); got != want {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	}
}

func TestOfflineCrosses(t *testing.T) {
	s := open(t)
	p := s.dial(61364)
	s.post(p, scp.Detach{})
	if m := s.next(scp.CommOffline); m.SCP != p.number || m.Attachment != p.attachment || m.Text != "detached" {
		t.Errorf("comm_offline is %+v", m)
	}
}

func TestBatches(t *testing.T) {
	s := open(t)
	p := s.dial(61364)
	const many = 1000
	s.report(p, many)
	var frames []byte
	for index := uint64(1); index <= many; index++ {
		m := entry(scp.DoorPosition, index)
		frames = link.AppendMessage(frames, &m)
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
