package fleet

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"mercury-driver/sim/panel"
)

const (
	unlock   = "311 0 1"
	addCard  = "9016 0 7 0 1 0 0"
	firmware = "9032 0 2.0"
)

// anew is what a library is told by a panel that has dialled, and has logged nothing but its first start.
func anew(second, scp int) []string {
	var told []string
	for _, what := range []string{"comm_online", "is 61364, log 1/1-1", "reply 1 ok", "reply 2 ok", "panel_boot 1/1"} {
		told = append(told, fmt.Sprintf("%ds scp %d %s", second, scp, what))
	}
	return told
}

// Each kind of fault, from 10.5 s to 18.5 s, as a library sees it that posts orders at 11.5 s; and before all
// of them no fault. Polls are on the full second.
func TestFaults(t *testing.T) {
	for _, tc := range []struct {
		fault  string
		orders []string
		want   []string
	}{
		{"", []string{unlock, addCard, unlock}, []string{"11s scp 0 reply 3 ok", "11s scp 0 access_granted 1/2",
			"11s scp 0 reply 4 ok", "11s scp 0 reply 5 ok", "11s scp 0 access_granted 1/3"}},
		{"nak for 8s", []string{unlock, "9030 0"}, []string{"11s scp 0 reply 3 busy", "11s scp 0 reply 4 ok", "11s scp 0 log_status"}},
		{"late-reply by 3s for 8s", []string{unlock}, []string{"14s scp 0 reply 3 ok", "14s scp 0 access_granted 1/2"}},
		{"lost-reply for 8s", []string{unlock}, []string{"11s scp 0 access_granted 1/2"}},
		{"repeated-reply for 8s", []string{unlock}, []string{"11s scp 0 reply 3 ok", "11s scp 0 reply 3 ok", "11s scp 0 access_granted 1/2"}},
		{"slow-cards by 4s for 8s", []string{unlock, addCard, unlock}, []string{"11s scp 0 reply 3 ok", "11s scp 0 access_granted 1/2",
			"15s scp 0 reply 4 ok", "15s scp 0 reply 5 ok", "15s scp 0 access_granted 1/3"}},
		{"half-open for 8s", []string{unlock}, append([]string{"13s scp 0 offline: silent"}, anew(18, 0)...)},
		{"deaf for 8s", []string{unlock}, append([]string{"18s scp 0 offline: closed by the controller"}, anew(18, 0)...)},
		{"abandon for 8s", []string{unlock}, append(anew(10, 1), "13s scp 0 offline: silent")},
		{"dial-twice for 8s", []string{unlock, "311 1 2"}, append(anew(10, 1), "11s scp 0 reply 3 ok", "11s scp 0 access_granted 1/2",
			"11s scp 0 access_granted 1/3", "11s scp 1 access_granted 1/2", "11s scp 1 reply 3 ok", "11s scp 1 access_granted 1/3",
			"18s scp 1 offline: closed by the controller")},
		{"drop", nil, append([]string{"10s scp 0 offline: closed by the controller"}, anew(10, 0)...)},
		{"malformed", nil, append([]string{"10s scp 0 offline: malformed type 255 frame: unknown"}, anew(10, 0)...)},
		{"erase", nil, []string{"10s scp 0 offline: closed by the controller", "12s scp 0 comm_online", "12s scp 0 is 61364, log 2/1-1",
			"12s scp 0 reply 1 ok", "12s scp 0 reply 2 ok", "12s scp 0 panel_boot 2/1"}},
		{"reboot", nil, []string{"10s scp 0 offline: closed by the controller", "12s scp 0 comm_online", "12s scp 0 is 61364, log 1/1-2",
			"12s scp 0 reply 1 ok", "12s scp 0 reply 2 ok", "12s scp 0 panel_boot 1/1", "12s scp 0 panel_boot 1/2"}},
		{"firmware-reboot for 8s", []string{firmware}, []string{"11s scp 0 reply 3 ok", "11s scp 0 firmware_progress 1/2",
			"12s scp 0 firmware_progress 1/3", "13s scp 0 offline: closed by the controller", "15s scp 0 comm_online",
			"15s scp 0 is 61364, log 1/1-6", "15s scp 0 reply 1 ok", "15s scp 0 reply 2 ok", "15s scp 0 panel_boot 1/1",
			"15s scp 0 firmware_progress 1/2", "15s scp 0 firmware_progress 1/3", "15s scp 0 firmware_progress 1/4",
			"15s scp 0 panel_boot 1/5", "15s scp 0 firmware_progress 1/6"}},
		{"power-loss for 8s", []string{unlock}, []string{"13s scp 0 offline: silent", "20s scp 0 comm_online",
			"20s scp 0 is 61364, log 1/1-2", "20s scp 0 reply 1 ok", "20s scp 0 reply 2 ok", "20s scp 0 panel_boot 1/1", "20s scp 0 panel_boot 1/2"}},
		{"clock-jump by 1h", nil, nil},
	} {
		t.Run(tc.fault, func(t *testing.T) {
			var script []string
			if tc.fault != "" {
				script = []string{tc.fault + " at 10.5s"}
			}
			play(t, 1, script, func(s *scene) {
				s.until(9 * time.Second)
				s.expect(anew(0, 0)...)
				s.until(11*time.Second + time.Second/2)
				for _, line := range tc.orders {
					s.post(line)
					synctest.Wait()
				}
				s.until(25 * time.Second)
				s.expect(tc.want...)
				if left := s.fleet.Faults(); left != nil {
					t.Errorf("%+v is not over", left)
				}
			})
		})
	}
}

func TestAWrappedLogHasLostItsOldest(t *testing.T) {
	play(t, 1, []string{"wrap at 10s"}, func(s *scene) {
		s.until(11 * time.Second)
		s.act(0, func(p *panel.Panel) {
			if id := p.Identity(); id.Oldest < 2 || id.Newest != id.Oldest+99 || p.Unread() != 100 {
				t.Errorf("it holds %d to %d, %d unread", id.Oldest, id.Newest, p.Unread())
			}
		})
	})
}

func TestAClockThatJumps(t *testing.T) {
	play(t, 1, []string{"clock-jump by -1h at 10s"}, func(s *scene) {
		off := func() (by time.Duration) {
			s.act(0, func(p *panel.Panel) { by = time.Until(p.Clock()) })
			return by
		}
		if s.until(9 * time.Second); off() != 0 {
			t.Errorf("off by %v before", off())
		}
		if s.until(11 * time.Second); off() != -time.Hour {
			t.Errorf("off by %v", off())
		}
	})
}

func TestTwoPanelsWithOneMAC(t *testing.T) {
	play(t, 3, []string{"same-mac serial 61364,61366 at 10s for 10s"}, func(s *scene) {
		own := []string{"02000000efb4", "02000000efb5", "02000000efb6"}
		for _, step := range []struct {
			at   time.Duration
			want []string
		}{{9, own}, {15, []string{"02ffffffffff", own[1], "02ffffffffff"}}, {25, own}} {
			s.until(step.at * time.Second)
			s.heard()
			if got := []string{s.mac(61364), s.mac(61365), s.mac(61366)}; !slices.Equal(got, step.want) {
				t.Errorf("after %d s: %v, want %v", step.at, got, step.want)
			}
		}
	})
}

func TestAPanelThatLies(t *testing.T) {
	for fault, want := range map[string][]string{
		"drop at 60s":          nil,
		"beyond-window at 10s": {"10s scp 0 offline: reported beyond its window: 1/21"},
	} {
		play(t, 1, []string{fault}, func(s *scene) {
			s.until(9 * time.Second)
			for n := range 30 {
				s.act(0, func(p *panel.Panel) { p.Tamper(0, n%2 == 0) })
			}
			s.heard()
			s.until(10*time.Second + 50*time.Millisecond)
			s.expect(want...)
		})
	}
}

// What a deaf panel does not take piles up before it, up to what the library lets wait.
func TestADeafLinkIsCongested(t *testing.T) {
	play(t, 1, []string{"deaf at 10s for 10s"}, func(s *scene) {
		congested := func() bool {
			for range 2000 {
				if err := s.lib.Config("9030 0"); err != nil {
					return err.Error() == "link congested"
				}
				synctest.Wait()
			}
			return false
		}
		s.until(9 * time.Second)
		if congested() {
			t.Error("a panel that listens is congested")
		}
		if s.until(15 * time.Second); !congested() {
			t.Error("a deaf one is not")
		}
		if ago, online := s.lib.LastHeard(0); !online || ago > time.Second {
			t.Errorf("it was heard %v ago (%v)", ago, online)
		}
	})
}

// No command is carried out that came while the panel was out of reach, however long ago its library gave up.
func TestNothingIsCarriedOutAfterwards(t *testing.T) {
	for _, fault := range []string{"half-open", "deaf", "power-loss", "slow-cards by 6s"} {
		t.Run(fault, func(t *testing.T) {
			play(t, 1, []string{fault + " at 10s for 8s"}, func(s *scene) {
				s.until(11 * time.Second)
				s.post(addCard)
				s.post(unlock)
				s.until(16 * time.Second)
				s.lib.Config("9033 0") // unless it is silent, and gone
				s.until(time.Minute)
				s.act(0, func(p *panel.Panel) {
					if p.Moves() > 0 {
						t.Error("a relay moved")
					}
				})
				if !s.fleet.Panels()[0].Online() {
					t.Error("the panel did not come back")
				}
			})
		})
	}
}
