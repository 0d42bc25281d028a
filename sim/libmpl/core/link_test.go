package core

import (
	"strings"
	"testing"
	"time"

	"mercury-driver/cvendor/scp"
	"mercury-driver/sim/link"
)

func TestHelloBringsOnlineThenIdentity(t *testing.T) {
	s := newStage(t, Options{PollEvery: 2 * time.Second})
	p := s.dial()
	if s.sees(); len(p.told) > 0 {
		t.Error("the library spoke first")
	}
	p.says(hello(61364))
	if f := p.hears(link.Welcome); f.PollEvery != 2*time.Second {
		t.Errorf("welcome: %+v", f)
	}
	messages := s.all()
	if len(messages) != 2 || messages[1].Identity == nil || messages[1].Identity.Serial != 61364 {
		t.Fatalf("%+v", messages)
	}
	want := scp.Message{Kind: scp.CommOnline, Attachment: 1, Time: s.now.UnixNano(), Text: "192.0.2.1:4001", TLS: "1.3"}
	if messages[0] != want {
		t.Errorf("%+v", messages[0])
	}
}

func TestLinkEndsOnceWithItsCause(t *testing.T) {
	for name, c := range map[string]struct {
		end       func(s *stage, p *panel)
		cause     string
		malformed uint64
	}{
		"lost":      {func(s *stage, p *panel) { p.link.Lost("connection reset by peer") }, "connection reset by peer", 0},
		"refused":   {func(s *stage, p *panel) { s.accepted("9004 0") }, "refused", 0},
		"detached":  {func(s *stage, p *panel) { s.accepted("9033 0") }, "detached", 0},
		"closed":    {func(s *stage, p *panel) { s.accepted("9002 0") }, "channel closed", 0},
		"garbage":   {func(s *stage, p *panel) { p.says([]byte("GET / HTTP/1.1\r\n")) }, "malformed frame: a length of 18245 bytes", 1},
		"second":    {func(s *stage, p *panel) { p.says(hello(1)) }, "unexpected hello frame", 1},
		"command":   {func(s *stage, p *panel) { p.says(link.AppendCommand(nil, 1, "311 0 1")) }, "unexpected command frame", 1},
		"no tag":    {func(s *stage, p *panel) { p.says(reply(1, scp.ReplyOK)) }, "reply to tag 1, which was never given", 1},
		"long text": {func(s *stage, p *panel) { p.link.Lost(strings.Repeat("é", 40)) }, strings.Repeat("é", 31), 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, Options{})
			p := s.online(1)
			c.end(s, p)
			p.says(transaction(0, 1)) // nothing comes after the end
			p.link.Lost("another cause")
			if m := s.sees(scp.CommOffline); m.Text != c.cause || !p.aborted {
				t.Errorf("%q, aborted: %v", m.Text, p.aborted)
			}
			if got := s.Counts().Malformed; got != c.malformed {
				t.Errorf("counted %d malformed", got)
			}
		})
	}
}

func TestBeforeItsHelloALinkIsUnheardOf(t *testing.T) {
	for name, b := range map[string][]byte{
		"garbage":     []byte("GET / HTTP/1.1\r\n"),
		"transaction": transaction(0, 1),
	} {
		s := newStage(t, Options{MaxLinks: 1})
		p := s.dial()
		p.says(b)
		if s.sees(); !p.aborted || s.Counts().Malformed != 1 {
			t.Errorf("%s: aborted %v, %+v", name, p.aborted, s.Counts())
		}
		s.online(1) // its place is free
	}
}

func TestLinksBeyondTheLimitAreClosedAtOnce(t *testing.T) {
	s := newStage(t, Options{MaxLinks: 2})
	first, _ := s.online(1), s.online(2)
	over := &panel{s: s}
	if _, err := s.Attach(0, "", "", over); err == nil || !over.aborted || s.Counts().OverLimit != 1 {
		t.Errorf("%v, aborted %v, %+v", err, over.aborted, s.Counts())
	}
	first.link.Lost("gone")
	s.sees(scp.CommOffline)
	s.online(3)
}

func TestPanelsOfOneSerialBothStay(t *testing.T) {
	s := newStage(t, Options{})
	first, second := s.online(7), s.online(7)
	s.accepted("9003 0", "9003 1")
	first.hears(link.Command)
	second.hears(link.Command)
}

// round ticks as often as a round of polls takes.
func (s *stage) round() {
	for range TicksPerPoll {
		s.now = s.now.Add(time.Second / TicksPerPoll)
		s.Tick(0)
	}
}

func TestEachLinkIsPolledOnceARound(t *testing.T) {
	s := newStage(t, Options{})
	var panels []*panel
	for serial := range uint64(40) {
		panels = append(panels, s.online(serial+1))
	}
	panels[3].link.Lost("gone")
	s.sees(scp.CommOffline)
	panels[3] = s.online(99)
	if places := len(s.channels[0].links); places != len(panels) {
		t.Errorf("%d places for %d links", places, len(panels))
	}
	s.round()
	for _, p := range panels {
		p.hears(link.Poll)
	}
}

func TestSilentLinkIsGivenUp(t *testing.T) {
	s := newStage(t, Options{})
	mute, alive, joining := s.online(1), s.online(2), s.dial()
	for range 2 {
		s.round()
		alive.says(link.AppendAnswer(nil))
		mute.link.Take(link.AppendAnswer(nil)[:2]) // less than a frame
		joining.link.Take([]byte{0})
	}
	s.sees()
	if ago, ok := s.LastHeard(0); !ok || ago != 2*time.Second {
		t.Errorf("heard %v ago, %v", ago, ok)
	}
	s.round()
	s.round()
	alive.says(link.AppendAnswer(nil))
	if m := s.sees(scp.CommOffline); m.SCP != 0 || m.Text != "silent" || !mute.aborted || !joining.aborted {
		t.Errorf("%+v, aborted %v, %v", m, mute.aborted, joining.aborted)
	}
	if _, ok := s.LastHeard(0); ok {
		t.Error("heard from a link that has ended")
	}
	if ago, ok := s.LastHeard(1); !ok || ago != 0 {
		t.Errorf("alive: heard %v ago, %v", ago, ok)
	}
}

// Bytes that wait for room in our own queue are no silence.
func TestStalledLinkIsNotSilent(t *testing.T) {
	s := newStage(t, Options{})
	p := s.online(1)
	s.accepted("9024 0")
	for i := range uint64(queueLimit) {
		p.says(transaction(0, i+1))
	}
	if n, err := p.link.Take(transaction(0, queueLimit+1)); n != 0 || err != ErrFull {
		t.Fatalf("took %d bytes: %v", n, err)
	}
	for range 5 {
		s.round()
	}
	if got := s.all(); len(got) != queueLimit || p.aborted {
		t.Fatalf("%d messages, aborted %v", len(got), p.aborted)
	}
	p.says(transaction(0, queueLimit+1))
	s.sees(scp.DoorPosition)
}

// Whatever a controller says, its link takes it or ends: no panic, one offline.
func FuzzTake(f *testing.F) {
	f.Add(hello(1))
	f.Add(append(hello(1), transaction(0, 1)...))
	f.Add(append(hello(1), reply(1, scp.ReplyOK)...))
	f.Add(append(hello(1), link.AppendAnswer(nil)...))
	f.Add([]byte("GET / HTTP/1.1\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s := newStage(t, Options{MaxLinks: 1})
		p := s.dial()
		p.link.Take(b)
		p.link.Lost("over")
		online, offline := 0, 0
		for _, m := range s.all() {
			switch m.Kind {
			case scp.CommOnline:
				online++
			case scp.CommOffline:
				offline++
			}
		}
		if online != offline || online > 1 || !p.aborted {
			t.Errorf("%d online, %d offline", online, offline)
		}
		s.online(2)
	})
}
