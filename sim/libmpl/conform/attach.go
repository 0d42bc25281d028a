package conform

import (
	"reflect"
	"time"

	"mercury-driver/cvendor/scp"
	"mercury-driver/sim/link"
)

func identity(s *stage) {
	before := time.Now().UnixNano()
	c := s.dial()
	c.hello(61364)
	online := s.next(scp.CommOnline, 0)
	if online.Time < before || online.Time > time.Now().UnixNano() {
		s.t.Errorf("online at %d", online.Time)
	}
	if want := (scp.Message{Kind: scp.CommOnline, Time: online.Time, Text: c.conn.LocalAddr().String()}); online != want {
		s.t.Errorf("online: %+v", online)
	}
	told := s.next(scp.IdentityTold, 0)
	if want := who(61364); told.Time != helloTime || !reflect.DeepEqual(told.Identity, want) {
		s.t.Errorf("identity: at %d\ngot  %+v\nwant %+v", told.Time, told.Identity, want)
	}
	if f := c.hears(link.Welcome); f.PollEvery != time.Second {
		s.t.Errorf("welcome: %+v", f)
	}
}

// Which of the two is the controller is for the driver to decide.
func oneSerialTwice(s *stage) {
	first, second := s.online(7, 0), s.online(7, 1)
	s.accepted("9003 0", "9003 1")
	first.hears(link.Command)
	second.hears(link.Command)
}

func numbers(s *stage) {
	first := s.online(1, 0)
	s.online(2, 1)
	first.conn.Close()
	s.next(scp.CommOffline, 0)
	if _, ok := s.lib.Config("311 0 1"); ok {
		s.t.Error("a command for a controller that is gone was accepted")
	}
	s.online(3, 0)
	s.online(4, 2)
}

func endOfLink(s *stage) {
	for line, cause := range map[string]string{
		"9004 0": "refused",
		"9033 0": "detached",
	} {
		c := s.online(1, 0)
		s.accepted(line)
		if m := s.next(scp.CommOffline, 0); m.Text != cause || m.Time == 0 {
			s.t.Errorf("%s: %+v", line, m)
		}
		c.isCut()
		if s.lib.LastHeard(0) >= 0 {
			s.t.Errorf("%s: heard from since", line)
		}
	}
	s.online(1, 0).conn.Close()
	if m := s.next(scp.CommOffline, 0); m.Text != "closed by the controller" {
		s.t.Errorf("%+v", m)
	}
	c := s.online(1, 0)
	s.close()
	c.isCut()
	s.accepted("9001 0 " + s.portText())
}
