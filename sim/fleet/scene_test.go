package fleet

import (
	"cmp"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"mercury-driver/cvendor/scp"
	"mercury-driver/sim/libmpl/core"
	"mercury-driver/sim/panel"
)

// scene is a fleet and a library in memory, on time that is not real, and what the library tells.
type scene struct {
	t     *testing.T
	fleet *Fleet
	lib   *core.Library
	began time.Time

	mu   sync.Mutex
	told []string // "12s scp 0 reply 3 ok"
	macs map[uint64]string
}

// play lets a fleet of so many idle panels live with faults, and ends it behind act.
func play(t *testing.T, panels int, faults []string, act func(s *scene)) {
	t.Helper()
	playBySeed(t, 7, panels, faults, act)
}

func playBySeed(t *testing.T, seed uint64, panels int, faults []string, act func(s *scene)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := newPipes()
		s := &scene{t: t, began: time.Now(), macs: map[uint64]string{}, lib: core.New(core.Options{
			Open: core.Sockets(func(uint32) (net.Listener, error) { return p, nil })})}
		if err := s.lib.Config("9001 0 0"); err != nil {
			t.Fatal(err)
		}
		over := make(chan struct{})
		var ended sync.WaitGroup
		ended.Go(func() { s.listen(over) })
		var stop func()
		s.fleet, stop = launch(t, Options{Connect: []string{"memory:1"}, Panels: panels, Seed: seed, Dial: p.dial,
			LogCapacity: 100, Faults: scripted(t, faults...)})
		act(s)
		stop()
		close(over)
		ended.Wait()
		s.lib.Close()
	})
}

// until lets time pass, up to so long after the beginning.
func (s *scene) until(at time.Duration) { time.Sleep(time.Until(s.began.Add(at))) }

// listen accepts each panel, lets it report up to 20 transactions, and notes all that it tells.
func (s *scene) listen(over chan struct{}) {
	var m scp.Message
	for {
		select {
		case <-over:
			return
		default:
		}
		for s.lib.GetMessage(0, &m) {
			if m.Kind == scp.IdentityTold {
				s.lib.Config(fmt.Sprintf("9003 %d", m.SCP))
				s.lib.Config(fmt.Sprintf("9022 %d %d %d", m.SCP, m.Identity.LogEpoch, m.Identity.Oldest+19))
			}
			s.note(&m)
		}
		s.lib.Wait(0, 100*time.Millisecond)
	}
}

func (s *scene) note(m *scp.Message) {
	what := m.Kind.String()
	switch {
	case m.Kind == scp.CommandReply:
		what = fmt.Sprintf("reply %d %s", m.Tag, [...]string{"", "ok", m.NAK.String(), m.Text}[m.Result])
	case m.Kind == scp.IdentityTold:
		what = fmt.Sprintf("is %d, log %d/%d-%d", m.Identity.Serial, m.Identity.LogEpoch, m.Identity.Oldest, m.Identity.Newest)
	case m.Kind == scp.CommOffline:
		what = "offline: " + m.Text
	case m.Kind.Transaction():
		what = fmt.Sprintf("%s %d/%d", m.Kind, m.LogEpoch, m.Index)
	}
	second := int(time.Since(s.began).Seconds())
	s.mu.Lock()
	defer s.mu.Unlock()
	if m.Identity != nil {
		s.macs[m.Identity.Serial] = m.Identity.MAC
	}
	s.told = append(s.told, fmt.Sprintf("%ds scp %d %s", second, m.SCP, what))
}

// post posts a line, which must be accepted.
func (s *scene) post(line string) {
	s.t.Helper()
	if err := s.lib.Config(line); err != nil {
		s.t.Error(err)
	}
}

// heard takes what was told since the last call. What two links tell in the same second has no order.
func (s *scene) heard() []string {
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	told := s.told
	s.told = nil
	slices.SortStableFunc(told, func(a, b string) int {
		return cmp.Or(cmp.Compare(part(a, 0), part(b, 0)), cmp.Compare(part(a, 2), part(b, 2)))
	})
	return told
}

// part is one number of "12s scp 0 ...".
func part(told string, word int) int {
	n, _ := strconv.Atoi(strings.TrimSuffix(strings.Fields(told)[word], "s"))
	return n
}

// expect asserts what was told since the last call.
func (s *scene) expect(want ...string) {
	s.t.Helper()
	if got := s.heard(); !slices.Equal(got, want) {
		s.t.Errorf("told\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// mac is the address that a panel told last.
func (s *scene) mac(serial uint64) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.macs[serial]
}

// act lets one of the panels do something.
func (s *scene) act(panel int, do func(p *panel.Panel)) { s.fleet.Panels()[panel].Act(do) }
