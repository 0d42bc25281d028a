package conform

import (
	"fmt"
	"net"
	"strconv"
	"strings"

	"mercury-driver/cvendor/scp"
	"mercury-driver/sim/link"
)

func commands(s *stage) {
	c := s.online(1, 0)
	for i, answer := range []scp.Message{
		{Result: scp.ReplyOK},
		{Result: scp.ReplyNAK, NAK: scp.NAKNoSuchPoint},
		{Result: scp.ReplyFailed, Text: "the strike does not move"},
	} {
		tag := uint32(i + 1)
		line := fmt.Sprintf("311 0 %d", tag)
		s.accepted(line)
		if got := s.lib.LastTag(0); got != tag {
			s.t.Errorf("last tag %d, not %d", got, tag)
		}
		if f := c.hears(link.Command); f.Tag != tag || string(f.Line) != line {
			s.t.Errorf("the controller heard tag %d, %q", f.Tag, f.Line)
		}
		answer.Kind, answer.Tag, answer.Time = scp.CommandReply, tag, helloTime
		c.says(answer)
		if m := s.next(scp.CommandReply, 0); m != answer {
			s.t.Errorf("got  %+v\nwant %+v", m, answer)
		}
	}
}

func order(s *stage) {
	c := s.online(1, 0)
	s.report(c, 0)
	s.accepted("311 0 1")
	tag := c.hears(link.Command).Tag
	c.says(scp.Message{Kind: scp.AccessGranted, Index: 1},
		scp.Message{Kind: scp.CommandReply, Tag: tag, Result: scp.ReplyOK},
		scp.Message{Kind: scp.DoorPosition, Index: 2})
	s.next(scp.AccessGranted, 0)
	s.next(scp.CommandReply, 0)
	s.next(scp.DoorPosition, 0)
}

func notAccepted(s *stage) {
	s.online(1, 0)
	taken, err := net.Listen("tcp", ":0")
	if err != nil {
		s.t.Fatal(err)
	}
	defer taken.Close()
	_, port, _ := net.SplitHostPort(taken.Addr().String())
	for line, why := range map[string]string{
		"":                       "no such command",
		"hello":                  "no such command",
		"312 0 1":                "no such command",
		"311 0":                  "too few",
		"311 0 x":                "out of its range",
		"311 1 1":                "no controller",
		"311 0 1 1":              "too many",
		strings.Repeat("1", 256): "255",
		"9001 0 " + s.portText(): "open already",
		"9001 1 " + port:         "address already in use",
		"9002 1":                 "not open",
	} {
		if text, ok := s.lib.Config(line); ok || !strings.Contains(text, why) {
			s.t.Errorf("%.20q: accepted %v, %q does not say %q", line, ok, text, why)
		}
	}
	if got := s.lib.LastTag(0); got != 0 {
		s.t.Errorf("a tag was given: %d", got)
	}
}

func (s *stage) portText() string { return strconv.Itoa(s.port) }
