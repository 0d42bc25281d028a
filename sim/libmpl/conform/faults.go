package conform

import (
	"bytes"
	"strings"
	"time"

	"mercury-driver/cvendor/scp"
)

func windowBreach(s *stage) {
	untold, told := s.online(1, 0), s.online(2, 1)
	untold.says(scp.Message{Kind: scp.PanelBoot, LogEpoch: 3, Index: 1})
	if m := s.next(scp.CommOffline, 0); m.Text != "reported beyond its window: 3/1" {
		s.t.Errorf("%+v", m)
	}
	untold.isCut()
	s.accepted("9022 1 3 256")
	told.says(scp.Message{Kind: scp.PanelBoot, LogEpoch: 3, Index: 256},
		scp.Message{Kind: scp.PanelBoot, LogEpoch: 3, Index: 257})
	s.next(scp.PanelBoot, 1)
	if m := s.next(scp.CommOffline, 1); m.Text != "reported beyond its window: 3/257" {
		s.t.Errorf("%+v", m)
	}
}

func nonsense(s *stage) {
	mad, sane := s.online(1, 0), s.online(2, 1)
	stranger := s.dial()
	stranger.conn.Write([]byte("GET / HTTP/1.1\r\n\r\n"))
	flood := bytes.Repeat([]byte{0, 1, 77}, 1000)
	for range 100 { // until the library has ended the link
		if _, err := mad.conn.Write(flood); err != nil {
			break
		}
	}
	if m := s.next(scp.CommOffline, 0); !strings.HasPrefix(m.Text, "malformed") {
		s.t.Errorf("%+v", m)
	}
	s.report(sane, 1) // and nothing else came before its reply
}

func waiting(s *stage) {
	const timeout = 100 * time.Millisecond
	start := time.Now()
	if s.lib.Wait(0, timeout) || time.Since(start) < timeout {
		s.t.Errorf("nothing came, waited %v", time.Since(start))
	}
	s.dial().hello(1)
	if !s.lib.Wait(0, time.Second) {
		s.t.Error("a controller came, but no wait ended")
	}
	s.next(scp.CommOnline, 0)
}

func silence(s *stage) {
	start := time.Now()
	c := s.dialMute(true)
	c.hello(1)
	s.next(scp.CommOnline, 0)
	s.next(scp.IdentityTold, 0)
	s.online(2, 1)
	s.lib.Wait(0, time.Second)
	if ago := s.lib.LastHeard(0); ago < time.Second/2 || ago > time.Since(start) {
		s.t.Errorf("heard %v ago", ago)
	}
	m := s.next(scp.CommOffline, 0)
	if took := time.Since(start); m.Text != "silent" || took < 3*time.Second {
		s.t.Errorf("%+v after %v", m, took)
	}
	if s.lib.LastHeard(1) < 0 || s.lib.LastHeard(0) >= 0 {
		s.t.Error("the wrong link was given up")
	}
}
