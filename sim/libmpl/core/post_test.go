package core

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"mercury-driver/cvendor/scp"
	"mercury-driver/sim/link"
)

func TestCommandsReachThePanelTagged(t *testing.T) {
	s := newStage(t, Options{})
	p := s.online(1)
	for i, line := range []string{"9003 0", "311 0 2", "9032 0 1.2.3"} {
		s.accepted(line)
		f := p.hears(link.Command)
		if want := uint32(i + 1); f.Tag != want || s.LastTag(0) != want || string(f.Line) != line {
			t.Errorf("tag %d (last %d), line %q", f.Tag, s.LastTag(0), f.Line)
		}
	}
	p.says(reply(2, scp.ReplyNAK))
	if m := s.sees(scp.CommandReply); m.Tag != 2 || m.Result != scp.ReplyNAK || m.SCP != 0 || m.Attachment != 1 {
		t.Errorf("%+v", m)
	}
}

func TestLinesThatAreNotAccepted(t *testing.T) {
	s := newStage(t, Options{MaxLinks: 8})
	s.online(1)
	s.online(2).link.Lost("gone")
	for line, why := range map[string]string{
		"":             "read command line: malformed: no such command number",
		"311 0":        "read command line: malformed: unlock: too few words",
		"311 0 1 1":    "read command line: malformed: unlock: too many words",
		"311 1 1":      "the controller is offline",
		"311 2 1":      "no controller has scp 2",
		"311 8 1":      "no scp 8: they are 0 to 7",
		"9001 0 5002":  "channel 0 is open already",
		"9001 16 5002": "no channel 16: they are 0 to 15",
		"9002 1":       "channel 1 is not open",
		"9002 99":      "channel 99 is not open",
	} {
		s.refused(line, why)
	}
	if tag := s.LastTag(0); tag != 0 {
		t.Errorf("a tag was given: %d", tag)
	}
}

func TestOpenFailsInItsOwnWords(t *testing.T) {
	lib := New(Options{Open: func(*Library, int16, uint32) (Port, error) { return nil, errors.New("no such wire") }})
	if err := lib.Config("9001 0 5001"); err == nil || err.Error() != "no such wire" {
		t.Error(err)
	}
	if err := lib.Config("9002 0"); err == nil {
		t.Error("a channel that failed to open is open")
	}
}

func TestPanelThatTakesNoBytesIsCongested(t *testing.T) {
	s := newStage(t, Options{})
	p, other := s.online(1), s.online(2)
	p.room = 100
	accepted := uint32(0)
	for s.Config("311 0 1") == nil {
		accepted++
	}
	s.refused("311 0 1", "link congested")
	if s.LastTag(0) != accepted {
		t.Errorf("last tag %d of %d", s.LastTag(0), accepted)
	}
	s.accepted("311 1 1", "9033 0")
	other.hears(link.Command)
}

// A post that overlaps another for the same controller: here, from within its wire.
type overlap struct {
	*panel
	line string
	err  error
}

func (o *overlap) Send(frames []byte) bool {
	if o.line != "" {
		o.err = o.s.Config(o.line)
	}
	return o.panel.Send(frames)
}

func TestOverlappingPostsAreABreach(t *testing.T) {
	for line, breach := range map[string][]string{
		"311 0 1": {"two posts for scp 0 overlap"},
		"311 1 1": nil, // another controller's
	} {
		s := newStage(t, Options{})
		o := &overlap{panel: &panel{s: s, room: 4096}}
		l, err := s.Attach(0, "", "", o)
		if err != nil {
			t.Fatal(err)
		}
		l.Take(hello(1))
		s.sees(scp.CommOnline, scp.IdentityTold)
		s.online(2)
		o.line = line
		s.accepted("9003 0")
		if !slices.Equal(s.breaches, breach) || (o.err == nil) != (breach == nil) {
			t.Errorf("%s: %v, %v", line, s.breaches, o.err)
		}
	}
}

func TestBreachWithoutAHookPanics(t *testing.T) {
	defer func() {
		if text, _ := recover().(string); !strings.Contains(text, "two threads") {
			t.Error(text)
		}
	}()
	lib := New(Options{})
	lib.taking.Store(true)
	lib.GetMessage(0, new(scp.Message))
}
