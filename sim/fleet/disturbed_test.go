package fleet

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mercury-driver/sim/fleet/fault"
	"mercury-driver/sim/panel"
)

// The power of a whole town: all are gone without a word, and all dial in the moment they are up.
func TestAllComeBackAtOnce(t *testing.T) {
	const panels = 300
	play(t, panels, []string{"power-loss at 10s for 20s"}, func(s *scene) {
		s.until(9 * time.Second)
		s.heard()
		s.until(29 * time.Second)
		if gone := strings.Count(strings.Join(s.heard(), "\n"), "offline: silent"); gone != panels {
			t.Errorf("%d fell silent", gone)
		}
		back := 30*time.Second + panel.BootTime
		if s.until(back - 1); s.fleet.Stats().Links != panels {
			t.Error("some came back too early")
		}
		s.until(back + 50*time.Millisecond)
		if s := s.fleet.Stats(); s.Online != panels || s.Links != 2*panels {
			t.Errorf("%+v", s)
		}
	})
}

// One seed and one script make the same things go wrong at the same times.
func TestFaultsAreDecidedByTheSeed(t *testing.T) {
	history := func(seed uint64) string {
		var told []string
		playBySeed(t, seed, 8, []string{"drop every 20s", "nak chance 50%", "half-open 50% every 30s for 4s"}, func(s *scene) {
			for second := time.Duration(10); second < 120; second += 10 {
				s.until(second * time.Second)
				for scp := range 8 {
					s.lib.Config(fmt.Sprintf("311 %d 1", scp)) // where there is one
				}
			}
			told = s.heard()
		})
		for i, line := range told { // numbers are given by who came first
			at, what, _ := strings.Cut(line, " scp ")
			told[i] = at + what[1:]
		}
		slices.Sort(told)
		return strings.Join(told, "\n")
	}
	first := history(1)
	if history(1) != first {
		t.Error("one seed, two histories")
	}
	if history(2) == first {
		t.Error("two seeds, one history")
	}
	for _, what := range []string{"offline: silent", "closed by the controller", "busy", "ok"} {
		if !strings.Contains(first, what) {
			t.Errorf("nothing is %q", what)
		}
	}
}

// A second link is dialled to another address than the first, where there are several.
func TestATwinGoesElsewhere(t *testing.T) {
	for seed := range uint64(5) {
		synctest.Test(t, func(t *testing.T) {
			ports := map[string]*pipes{"here:1": newPipes(), "there:1": newPipes()}
			var hosts []*host
			for _, p := range ports {
				hosts = append(hosts, startHost(t, newVault(), func() (net.Listener, error) { return p, nil }))
			}
			dial := func(ctx context.Context, network, address string) (net.Conn, error) {
				return ports[address].dial(ctx, network, address)
			}
			_, stop := launch(t, Options{Connect: []string{"here:1", "there:1"}, Panels: 1, Seed: seed, Dial: dial,
				Faults: scripted(t, "dial-twice at 5s")})
			time.Sleep(8 * time.Second)
			for _, h := range hosts {
				if _, attached := h.lib.LastHeard(0); !attached {
					t.Error("both links lead to one place")
				}
			}
			stop()
			for _, h := range hosts {
				h.stop()
			}
		})
	}
}

// Nothing that a panel logs gets lost by all that can go wrong beside it: an honest host has all of it once,
// in order, when the faults are over.
func TestNothingIsLostByFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, dir, p := newVault(), t.TempDir(), newPipes()
		h := startHost(t, v, func() (net.Listener, error) { return p, nil })
		f, stop := launch(t, Options{Connect: []string{"memory:1"}, Dial: p.dial, Panels: 12, Seed: 3, LogDir: dir, Scenario: "rush",
			Transactions: 1200, Faults: scripted(t, "drop every 30s", "malformed every 40s", "half-open every 40s for 5s",
				"deaf every 40s for 5s", "abandon every 40s for 9s", "dial-twice 30% every 20s for 15s", "power-loss every 1m for 5s",
				"reboot every 1m", "late-reply by 500ms chance 20%", "lost-reply chance 5%", "repeated-reply chance 20%",
				"same-mac 20%", "clock-jump by 1m every 30s", "slow-cards by 1s")})
		time.Sleep(3 * time.Minute)
		went := 0
		for _, fault := range f.Faults() {
			went += fault.Times
			if err := f.StopFault(fault.ID); err != nil {
				t.Error(err)
			}
		}
		time.Sleep(2 * time.Minute)
		s := f.Stats()
		stop()
		h.stop()
		if s.Raised != 1200 || s.Unread != 0 || s.Online != 12 || f.Faults() != nil || went < 300 {
			t.Errorf("%+v, not over: %v, %d faults", s, f.Faults(), went)
		}
		compare(t, v, journalled(t, dir))
	})
}

// Whatever goes wrong, a fleet ends when it is told to, and leaves nothing behind.
func TestAFleetEndsInTheMiddleOfAnything(t *testing.T) {
	for _, kind := range fault.Kinds() {
		line := kind.Name
		if kind.By != "" {
			line += " by 3s"
		}
		if !kind.Lasts {
			line += " every 1s"
		}
		t.Run(line, func(t *testing.T) {
			play(t, 5, []string{line}, func(s *scene) {
				s.until(7 * time.Second)
				for scp := range 5 {
					s.lib.Config(fmt.Sprintf("311 %d 1", scp)) // where there is one
				}
			})
		})
	}
}
