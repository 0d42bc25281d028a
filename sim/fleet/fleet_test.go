package fleet

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"mercury-driver/cvendor/scp"
	"mercury-driver/sim/fleet/fault"
	"mercury-driver/sim/panel"
	"mercury-driver/sim/panel/journal"
)

func TestMain(m *testing.M) {
	if child := os.Getenv("FLEET_TEST_CHILD"); child != "" {
		liveUntilKilled(child)
	}
	goleak.VerifyTestMain(m)
}

// scripted is the faults of a script.
func scripted(t *testing.T, lines ...string) (script []fault.Spec) {
	t.Helper()
	for _, line := range lines {
		spec, err := fault.Parse(line)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		script = append(script, spec)
	}
	return script
}

// launch starts a fleet, and ends it with the test or by the returned function.
func launch(t *testing.T, opts Options) (*Fleet, func()) {
	t.Helper()
	if opts.Scenario == "" {
		opts.Scenario = "idle"
	}
	opts.FirstSerial = max(opts.FirstSerial, 61364)
	f, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	f.Start(ctx)
	stop := func() {
		cancel()
		if err := f.Wait(); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("in the end: %+v", f.Stats())
		}
		stop()
	})
	return f, stop
}

// All that panels log reaches their hosts, once and in order, over links that break all the time and lead
// now here, now there.
func TestEveryTransactionArrives(t *testing.T) {
	v, dir := newVault(), t.TempDir()
	hosts := []string{startHost(t, v, onLoopback).address, startHost(t, v, onLoopback).address}
	f, stop := launch(t, Options{Connect: hosts, Panels: 20, Seed: 11, LogDir: dir, Scenario: "day",
		Transactions: 5000, Rate: 2500, Faults: scripted(t, "drop every 500ms")})
	eventually(t, "all raised and acknowledged", func() bool {
		s := f.Stats()
		return s.Raised == 5000 && s.Unread == 0
	})
	stop()
	s := f.Stats()
	if s.Wanted != 5000 || s.Logged != 5000+20 || v.took() != 5020 {
		t.Errorf("%+v, stored %d", s, v.took())
	}
	if s.Ahead > window {
		t.Errorf("a panel was %d ahead, beyond the window of %d", s.Ahead, window)
	}
	if s.Links <= s.Panels {
		t.Errorf("%d links of %d panels: none was broken", s.Links, s.Panels)
	}
	compare(t, v, journalled(t, dir))
}

func TestABacklogIsThereBeforeTheFirstLink(t *testing.T) {
	f, stop := launch(t, Options{Connect: []string{"127.0.0.1:9"}, Panels: 3, Scenario: "backlog", Transactions: 1000})
	if s := f.Stats(); s.Raised != 1000 || s.Unread != 1003 {
		t.Errorf("%+v", s)
	}
	stop()
	v, dir := newVault(), t.TempDir()
	f, stop = launch(t, Options{Connect: []string{startHost(t, v, onLoopback).address}, Panels: 2, Scenario: "backlog", LogDir: dir})
	eventually(t, "all acknowledged", func() bool { return f.Stats().Unread == 0 })
	stop()
	if v.took() != 2*backlogged+2 {
		t.Errorf("stored %d", v.took())
	}
	compare(t, v, journalled(t, dir))
}

// Resets and erases drop the link; the panel comes back, as who it is then.
func TestResetAndErase(t *testing.T) {
	v, dir := newVault(), t.TempDir()
	h := startHost(t, v, onLoopback)
	f, stop := launch(t, Options{Connect: []string{h.address}, Panels: 2, LogDir: dir})
	settled := func(epoch uint32, index uint64) func() bool {
		return func() bool {
			s := f.Stats()
			return s.Online == 2 && s.Unread == 0 && v.last(61364) == name{61364, epoch, index} &&
				v.last(61365) == name{61365, epoch, index}
		}
	}
	eventually(t, "settled", settled(1, 1))
	h.orders <- "9031 %d 0"
	eventually(t, "back from a warm reset", settled(1, 2))
	h.orders <- "9031 %d 1"
	eventually(t, "back from an erase", settled(2, 1))
	stop()
	if s := f.Stats(); s.Links != 6 {
		t.Errorf("%d links, want 3 of each panel", s.Links)
	}
	if got := v.answers(); len(got) != 1 || got[0] != "1 no reason given" {
		t.Errorf("answers %q", got)
	}
	compare(t, v, journalled(t, dir))
}

func TestFeignedNAK(t *testing.T) {
	v := newVault()
	h := startHost(t, v, onLoopback)
	f, _ := launch(t, Options{Connect: []string{h.address}, Panels: 1, Faults: scripted(t, "nak")})
	eventually(t, "online", func() bool { return f.Panels()[0].Online() && f.Stats().Unread == 0 })
	h.orders <- "311 %d 1"
	eventually(t, "refused", func() bool { return strings.Join(v.answers(), ",") == "1 no reason given,2 busy" })
	if s := f.Stats(); s.Logged != 1 {
		t.Errorf("%d logged: the door was opened", s.Logged)
	}
}

// unlocks is a recorder of one panel that hears which doors are unlocked.
type unlocks chan scp.Unlock

func (unlocks) Logged(panel.Entry)    {}
func (unlocks) Remember(panel.Memory) {}
func (u unlocks) Executed(x panel.Execution) {
	if door, ok := x.Command.Action.(scp.Unlock); ok {
		u <- door
	}
}

func TestARecorderHearsItsPanel(t *testing.T) {
	h, first, second := startHost(t, newVault(), onLoopback), make(unlocks, 1), make(unlocks, 1)
	recorders := map[uint64]unlocks{61364: first, 61365: second}
	f, _ := launch(t, Options{Connect: []string{h.address}, Panels: 2,
		Recorder: func(serial uint64) panel.Recorder { return recorders[serial] }})
	eventually(t, "known to the host", func() bool { return f.Stats().Online == 2 && f.Stats().Unread == 0 })
	h.orders <- "311 %d 2"
	for _, u := range recorders {
		if got := <-u; got.Door != 2 {
			t.Errorf("heard of door %d", got.Door)
		}
	}
}

// A fleet on the same directory goes on with the same logs, after lines that a killed one left torn.
func TestAFleetGoesOnWithItsJournals(t *testing.T) {
	v, dir := newVault(), t.TempDir()
	opts := Options{Connect: []string{"127.0.0.1:9"}, Panels: 3, Seed: 1, LogDir: dir, Scenario: "rush", Transactions: 300, Rate: 3000}
	f, stop := launch(t, opts)
	eventually(t, "raised", func() bool { return f.Stats().Raised == 300 })
	stop()
	for _, ending := range []string{"log", "state", "commands"} {
		tear(t, filepath.Join(dir, "61364."+ending))
	}
	opts.Connect, opts.Scenario, opts.Transactions = []string{startHost(t, v, onLoopback).address}, "idle", 0
	f, stop = launch(t, opts)
	f.Panels()[0].Act(func(p *panel.Panel) { p.Swipe(1, 1001) })
	eventually(t, "acknowledged", func() bool { return f.Stats().Unread == 0 })
	stop()
	if v.took() < 300+3+3+1 {
		t.Errorf("stored %d", v.took())
	}
	compare(t, v, journalled(t, dir))

	f, _ = launch(t, opts)
	if s := f.Stats(); s.Unread > 3 { // fewer where a start was acknowledged already
		t.Errorf("%d unread after a restart, want the starts at most: acknowledgements are forgotten", s.Unread)
	}
}

// Two fleets that wrote one panel's journal would break it. Broken once on purpose: without the lock the second
// one runs.
func TestADirectoryHasOneFleet(t *testing.T) {
	opts := Options{Connect: []string{"127.0.0.1:9"}, Panels: 1, FirstSerial: 61364, LogDir: t.TempDir(), Scenario: "idle"}
	_, stop := launch(t, opts)
	opts.FirstSerial = 70001 // it is the directory that is taken, whoever is in it
	if _, err := New(opts); !errors.Is(err, journal.ErrTaken) || !strings.Contains(err.Error(), opts.LogDir) {
		t.Errorf("beside another fleet: %v", err)
	}
	stop()
	launch(t, opts)
}

// A fleet that can't begin leaves the directory to the one that follows when the cause is mended.
func TestAFleetThatCanNotBeginHoldsNothing(t *testing.T) {
	opts := Options{Connect: []string{"127.0.0.1:9"}, Panels: 1, FirstSerial: 61364, LogDir: t.TempDir(), Scenario: "idle"}
	broken := filepath.Join(opts.LogDir, "61364.log")
	if err := os.WriteFile(broken, []byte("no entry\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(opts); err == nil {
		t.Fatal("a broken journal is taken")
	}
	if err := os.Remove(broken); err != nil {
		t.Fatal(err)
	}
	launch(t, opts)
}

func tear(t *testing.T, file string) {
	t.Helper()
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"epoch":1,"ind`); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// What can't be written must not be reported: the fleet ends, and says why.
func TestAJournalThatFailsEndsTheFleet(t *testing.T) {
	v, dir := newVault(), t.TempDir()
	h := startHost(t, v, onLoopback)
	f, err := New(Options{Connect: []string{h.address}, Panels: 2, FirstSerial: 1, LogDir: dir, Scenario: "idle"})
	if err != nil {
		t.Fatal(err)
	}
	f.Start(t.Context())
	eventually(t, "online", func() bool { return f.Stats().Online == 2 && v.took() == 2 })
	if err := os.Rename(dir, dir+".gone"); err != nil {
		t.Fatal(err)
	}
	f.Panels()[1].Act(func(p *panel.Panel) { p.Tamper(0, true) })
	if err := f.Wait(); err == nil || !strings.Contains(err.Error(), "2.log") {
		t.Errorf("ended with %v", err)
	}
	if v.took() != 2 {
		t.Error("reported what its journal does not hold")
	}
}

func TestStopIsQuick(t *testing.T) {
	h := startHost(t, newVault(), onLoopback)
	f, stop := launch(t, Options{Connect: []string{h.address, "127.0.0.1:9"}, Panels: 100, Scenario: "storm"})
	eventually(t, "half online", func() bool { return f.Stats().Online > 50 })
	began := time.Now()
	stop()
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("took %v", took)
	}
	if s := f.Stats(); s.Online != 0 {
		t.Errorf("%d online after the end", s.Online)
	}
}

func TestOptions(t *testing.T) {
	good := Options{Connect: []string{"localhost:5001"}, Panels: 10, FirstSerial: 1, Scenario: "day"}
	for want, change := range map[string]func(*Options){
		"":                                     func(*Options) {},
		"connect: no address":                  func(o *Options) { o.Connect = nil },
		`connect: "localhost" is not host`:     func(o *Options) { o.Connect = []string{"a:1", "localhost"} },
		"panels: 0 is not 1 to 10000":          func(o *Options) { o.Panels = 0 },
		"panels: 10001 is not":                 func(o *Options) { o.Panels = 10_001 },
		"first-serial: 0 is no":                func(o *Options) { o.FirstSerial = 0 },
		"log-dir: what the panels do is":       func(o *Options) { o.LogDir, o.Recorder = ".", func(uint64) panel.Recorder { return nil } },
		"log-capacity: less":                   func(o *Options) { o.LogCapacity = -1 },
		`scenario: "party" is none of backlog`: func(o *Options) { o.Scenario = "party" },
		"transactions: less":                   func(o *Options) { o.Transactions = -1 },
		"transactions: this scenario":          func(o *Options) { o.Transactions, o.Scenario = 100, "idle" },
		"transactions: fewer":                  func(o *Options) { o.Transactions = 9 },
		"rate: not 0":                          func(o *Options) { o.Rate = -1 },
		`fault: "rust" is no kind of fault`:    func(o *Options) { o.Faults = []fault.Spec{{Kind: "rust"}} },
	} {
		opts := good
		change(&opts)
		_, err := New(opts)
		var option *OptionError
		switch {
		case want == "" && err != nil:
			t.Error(err)
		case want != "" && (!errors.As(err, &option) || !strings.HasPrefix(err.Error(), want)):
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestDirectoryInTheWay(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := New(Options{Connect: []string{"a:1"}, Panels: 1, FirstSerial: 1, Scenario: "idle", LogDir: file})
	if err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("got %v", err)
	}
}
