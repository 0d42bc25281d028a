package e2e

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	appv1 "mercury-driver/proto/mercury/app/v1"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// What goes wrong at panels, by a script and by hand, seen from the other end of the system: in the app's database.
func TestFaultsOfPanels(t *testing.T) {
	s := startSystem(t, 1)
	script := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(script, []byte("nak serial 61003 # always\nat 1h power-loss\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, c := startControlled(t, loopback(s.drivers[0].port), disturbed, "-faults", script, "-log-capacity", fmt.Sprint(smallLog))
	online := func() error { return s.app.hasOnline(disturbed) }
	eventually(t, 15*time.Second, "all panels are online", online)

	t.Run("by a script", func(t *testing.T) {
		s.app.ends(t, 61003, unlock, pb.Outcome_OUTCOME_NAK)
		s.app.ends(t, 61002, unlock, pb.Outcome_OUTCOME_DONE)
		if list := c.does("fault", "list"); strings.Count(list, "\n") != 2 || !strings.Contains(list, "power-loss at 1h0m0s") {
			t.Error(list)
		}
	})
	t.Run("a person at a door", func(t *testing.T) {
		c.does("panel", "61000", "swipe", "-reader", "1", "-card", "1001")
		eventually(t, 5*time.Second, "that is stored", func() error { return s.app.stores(61000, "access_granted", 1) })
		if p := c.panel(61000); !p.Attached || p.Moves != 1 {
			t.Errorf("%+v", p)
		}
	})
	t.Run("half-open", func(t *testing.T) {
		id := c.starts("half-open", "-serial", "61001")
		eventually(t, 10*time.Second, "its driver gives it up", func() error { return s.app.stores(61001, "offline", 1) })
		if p := c.panel(61001); !p.Attached || !slices.Equal(p.Faults, []string{"half-open"}) {
			t.Errorf("the panel believes in its link: %+v", p)
		}
		c.does("fault", "stop", id)
		eventually(t, 10*time.Second, "it is back", online)
	})
	t.Run("replies", func(t *testing.T) { faultsOfReplies(t, s, c) })
	t.Run("logs", func(t *testing.T) { faultsOfLogs(t, s, c) })
	t.Run("two with one MAC address", func(t *testing.T) {
		d := s.drivers[0]
		twins := d.metric("mercury_twins_total")
		c.starts("same-mac", "-serial", "61006-61007")
		eventually(t, 10*time.Second, "the app knows", func() error {
			n := s.app.count(`SELECT count(DISTINCT serial) FROM events WHERE kind = 'online' AND json_extract(body, '$.mac') = '02ffffffffff'`)
			if n != 2 {
				return fmt.Errorf("%d controllers came online with it", n)
			}
			return online()
		})
		told := d.logged("two controllers tell one MAC", "02ffffffffff")
		if err := errors.Join(told, d.reached("mercury_twins_total", twins+1)); err != nil {
			t.Error(err)
		}
	})
	t.Run("all without power", func(t *testing.T) {
		starts := s.app.count(`SELECT count(*) FROM events WHERE kind = 'panel_boot'`)
		c.starts("power-loss", "-for", "2s")
		eventually(t, 20*time.Second, "all start anew", func() error {
			if n := s.app.count(`SELECT count(*) FROM events WHERE kind = 'panel_boot'`); n != starts+disturbed {
				return fmt.Errorf("%d starts are stored, of %d", n-starts, disturbed)
			}
			return online()
		})
	})
}

// disturbed is how many panels there are for faults.
const disturbed = 8

// faultsOfReplies is a door, or a card, whose command is carried out once, whatever becomes of the reply.
func faultsOfReplies(t *testing.T, s *system, c control) {
	strays := s.drivers[0].metric("mercury_strays_total")
	for _, tc := range []struct {
		fault   string
		command *pb.Command
		want    pb.Outcome
		least   time.Duration
	}{
		{"late-reply -by 1s", unlock, pb.Outcome_OUTCOME_DONE, time.Second},
		{"repeated-reply", unlock, pb.Outcome_OUTCOME_DONE, 0},
		{"slow-cards -by 1s", addCard, pb.Outcome_OUTCOME_DONE, time.Second},
		{"lost-reply", unlock, pb.Outcome_OUTCOME_UNKNOWN, 0},
	} {
		moves := c.panel(61002).Moves
		id := c.starts(append(strings.Fields(tc.fault), "-serial", "61002")...)
		result := s.app.ends(t, 61002, tc.command, tc.want)
		if took := time.Duration(result.GetEndedNs() - result.GetReceivedNs()); took < tc.least {
			t.Errorf("%s: over after %v", tc.fault, took)
		}
		c.does("fault", "stop", id)
		if moved := c.panel(61002).Moves - moves; (moved == 1) != (tc.command == unlock) {
			t.Errorf("%s: the door moved %d times", tc.fault, moved)
		}
	}
	if s.drivers[0].metric("mercury_strays_total") == strays {
		t.Error("no reply belonged to nothing, though some came twice")
	}
	eventually(t, 10*time.Second, "it is back", func() error { return s.app.hasOnline(disturbed) })
}

// faultsOfLogs is what the app stores, and can no more store.
func faultsOfLogs(t *testing.T, s *system, c control) {
	c.starts("wrap", "-serial", "61004")
	c.starts("erase", "-serial", "61000")
	c.starts("firmware-reboot", "-serial", "61005")
	c.starts("clock-jump", "-by", "-1h", "-serial", "61001")
	s.app.ends(t, 61005, download, pb.Outcome_OUTCOME_DONE)
	c.does("panel", "61001", "exit", "-door", "1")
	for what, query := range map[string]string{
		"what a log overwrote is a gap": `SELECT count(*) FROM gaps WHERE serial = 61004 AND cause = 'wrapped'`,
		"the log begins a new epoch":    `SELECT count(*) FROM events WHERE serial = 61000 AND log_epoch = 2 AND idx = 1`,
		"it starts while it downloads":  `SELECT count(*) > 1 FROM events WHERE serial = 61005 AND kind = 'panel_boot'`,
		"the clock was an hour behind": `SELECT count(*) FROM events WHERE serial = 61001 AND kind = 'exit_request'
			AND received_ns - panel_time_ns BETWEEN 3600e9 AND 3660e9`,
	} {
		eventually(t, 15*time.Second, what, func() error {
			if s.app.count(query) == 0 {
				return fmt.Errorf("that is not stored")
			}
			return s.app.hasOnline(disturbed)
		})
	}
}

var (
	unlock   = &pb.Command{Action: &pb.Command_Unlock{Unlock: &pb.Unlock{Door: 1}}}
	addCard  = &pb.Command{Action: &pb.Command_PutCard{PutCard: &pb.PutCard{Card: 7, Doors: 1}}}
	download = &pb.Command{Action: &pb.Command_Firmware{Firmware: &pb.DownloadFirmware{Version: "2.0"}}}
)

// ends fails unless a command ends so.
func (a *app) ends(t *testing.T, serial uint64, command *pb.Command, want pb.Outcome) *pb.CommandResult {
	t.Helper()
	asked := &pb.Command{TtlMs: 2000, RequestedBy: "e2e", Action: command.GetAction()}
	result, err := a.send(serial, asked, appv1.Route_ROUTE_REDIS)
	if err != nil || result.GetOutcome() != want {
		t.Errorf("the command to %d ended %v (%v), want %v", serial, result, err, want)
	}
	return result
}

// stores fails unless the app has so many events of a kind of a controller, or more.
func (a *app) stores(serial uint64, kind string, least int) error {
	if n := a.count(`SELECT count(*) FROM events WHERE serial = ? AND kind = ?`, serial, kind); n < least {
		return fmt.Errorf("%d has %d events %s, want %d", serial, n, kind, least)
	}
	return nil
}
