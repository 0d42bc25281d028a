package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// fleet is a process with panels. It can be started again, to go on with their journals.
type fleet struct {
	*process
	journals string // the panels' files
	flags    []string
}

// firstSerial is the serial of the first panel of every fleet.
const firstSerial = 61_000

// startFleet runs panels that dial an address; flags say what happens to them.
func startFleet(t *testing.T, connect string, panels int, flags ...string) *fleet {
	t.Helper()
	f := &fleet{journals: t.TempDir()}
	f.flags = append([]string{"fleet", "-connect", connect, "-panels", fmt.Sprint(panels), "-first-serial", fmt.Sprint(firstSerial),
		"-seed", fmt.Sprint(seed), "-log-dir", f.journals, "-progress", "1s"}, flags...)
	f.start(t)
	return f
}

// start runs it, again after it ended; these flags win over those it was first started with.
func (f *fleet) start(t *testing.T, flags ...string) {
	t.Helper()
	f.process = start(t, "fleet", nil, simProgram, append(slices.Clip(f.flags), flags...)...)
}

// progress is what the fleet says of itself each second.
type progress struct {
	Panels, Online int
	Raised, Wanted int
	Logged, Unread int
	// Ahead is the most that a panel ever sent beyond what was acknowledged.
	Ahead    int
	Commands int
	Links    int
}

// progress is the newest one; zero before the first.
func (f *fleet) progress() (p progress) {
	for _, line := range strings.Split(f.said(), "\n") {
		if strings.Contains(line, `"raised"`) {
			json.Unmarshal([]byte(line), &p) // half a line is no news
		}
	}
	return p
}

// atRest fails until the fleet has raised all that it was to raise, and all of it is acknowledged.
func (f *fleet) atRest() error {
	p := f.progress()
	if p.Panels == 0 || p.Raised < p.Wanted || p.Unread > 0 {
		return fmt.Errorf("the fleet raised %d of %d transactions, %d are not acknowledged", p.Raised, p.Wanted, p.Unread)
	}
	return f.running()
}

// settle waits until the fleet is at rest, and stays so from one progress to the next.
func (f *fleet) settle(within time.Duration) {
	f.t.Helper()
	before := f.reports()
	eventually(f.t, within, "the fleet comes to rest", func() error {
		if f.reports() < before+2 {
			return errors.New("it says nothing")
		}
		err := f.atRest()
		if err != nil {
			before = f.reports() - 1
		}
		return err
	})
}

// reports is how often the fleet has said how it goes.
func (f *fleet) reports() int { return strings.Count(f.said(), `"raised"`) }

// has fails unless the panels keep at least so many transactions that nobody acknowledged.
func (f *fleet) has(unread int) error {
	if p := f.progress(); p.Raised < p.Wanted || p.Unread < unread {
		return fmt.Errorf("the fleet raised %d of %d transactions and keeps %d", p.Raised, p.Wanted, p.Unread)
	}
	return f.running()
}

// takeJournals copies the files of panels that have ended, so that both fleets are judged as one.
func (f *fleet) takeJournals(t *testing.T, ended *fleet) {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(ended.journals, "[0-9]*"))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err == nil {
			err = os.WriteFile(filepath.Join(f.journals, filepath.Base(file)), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// dialled fails unless the panels have had so many links.
func (f *fleet) dialled(links int) error {
	if p := f.progress(); p.Links != links {
		return fmt.Errorf("the panels had %d links, want %d", p.Links, links)
	}
	return nil
}

// mustHaveUnlocked fails unless the panels, all together, have unlocked doors so often.
func (f *fleet) mustHaveUnlocked(t *testing.T, want int) {
	t.Helper()
	eventually(t, 5*time.Second, fmt.Sprint(want, " unlocks"), func() error {
		if found := len(f.unlocks(t)); found != want {
			return fmt.Errorf("there were %d", found)
		}
		return nil
	})
}

// unlocks is when panels have unlocked doors, panel by panel.
func (f *fleet) unlocks(t *testing.T) (times []time.Time) {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(f.journals, "*.commands"))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			var command struct {
				TimeNS int64 `json:"time_ns"`
				Kind   string
			}
			if json.Unmarshal([]byte(line), &command) == nil && command.Kind == "unlock" {
				times = append(times, time.Unix(0, command.TimeNS))
			}
		}
	}
	return times
}
