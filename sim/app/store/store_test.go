package store_test

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	pb "mercury-driver/proto/mercury/driver/v1"
	"mercury-driver/sim/app/desk"
	"mercury-driver/sim/app/store"
)

func open(t *testing.T, path string) *store.Store {
	t.Helper()
	s, err := store.Open(path, time.Unix(1_800_000_000, 0))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestOddFileNames(t *testing.T) {
	for _, name := range []string{"plain.db", "with blank.db", "a?mode=memory", "100%.db", "ä#b&c=d.db"} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), name)
			open(t, path)
			if _, err := os.Stat(path); err != nil {
				t.Errorf("the file is elsewhere: %v", err)
			}
		})
	}
}

func TestForeignDatabasesAreLeftAlone(t *testing.T) {
	for name, statement := range map[string]string{
		"of another program": "CREATE TABLE notes (text TEXT)",
		"of a newer version": "CREATE TABLE events (x); PRAGMA application_id = 0x6d657263; PRAGMA user_version = 9",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.db")
			db, err := sql.Open("sqlite", path)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := db.Exec(statement); err != nil {
				t.Fatal(err)
			}
			db.Close()
			if _, err := store.Open(path, time.Now()); err == nil || !strings.Contains(err.Error(), path) {
				t.Errorf("opened to be written: %v", err)
			}
			if err := store.Events(path, store.Filter{}, nil); err == nil || !strings.Contains(err.Error(), path) {
				t.Errorf("opened to be read: %v", err)
			}
		})
	}
}

func TestWhatIsNoDatabaseIsNamed(t *testing.T) {
	dir := t.TempDir()
	empty, foreign := filepath.Join(dir, "empty"), filepath.Join(dir, "notes.txt")
	for file, text := range map[string]string{empty: "", foreign: strings.Repeat("to be read by nobody\n", 100)} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	missing := filepath.Join(dir, "missing")
	for path, want := range map[string]string{
		missing: "there is no database " + missing,
		dir:     "read database " + dir + ": it is a directory",
		empty:   "read database " + empty + ": it is empty: no app has written it yet",
		foreign: "read database " + foreign + ": it is no database",
	} {
		if err := store.Events(path, store.Filter{}, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestADatabaseHasOneApp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "app.db")
	first := open(t, path)
	link := path + "-link"
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, link} {
		if _, err := store.Open(name, time.Now()); !errors.Is(err, store.ErrTaken) || !strings.Contains(err.Error(), name) {
			t.Errorf("opened again it says %v", err)
		}
	}
	if err := first.Commit(&desk.Change{Events: events(1, 3)}); err != nil {
		t.Fatal(err)
	}
	if got := read(t, path); len(got) != 3 {
		t.Errorf("others read %d events, want 3", len(got))
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, path)
}

func TestACommitIsWholeOrNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	s := open(t, path)
	twice := desk.Order{ID: "c1", Serial: 1, Kind: "unlock", Route: "redis"}
	if err := s.Commit(&desk.Change{Events: events(1, 3), Opened: []desk.Order{twice, twice}}); err == nil {
		t.Fatal("an id was taken twice")
	}
	if got := read(t, path); len(got) != 0 {
		t.Errorf("%d events of a failed commit are stored", len(got))
	}
	if err := s.Commit(&desk.Change{Events: events(1, 3)}); err != nil {
		t.Fatal(err)
	}
	if got := read(t, path); len(got) != 3 {
		t.Errorf("%d events stored after it, want 3", len(got))
	}
}

func TestEveryStatementSizeStoresEverything(t *testing.T) {
	for _, n := range []int{1, 7, 8, 9, 63, 64, 65, 201} {
		path := filepath.Join(t.TempDir(), "x.db")
		if err := open(t, path).Commit(&desk.Change{Events: events(1, uint64(n))}); err != nil {
			t.Fatal(err)
		}
		got := read(t, path)
		if len(got) != n || got[n-1].Index != uint64(n) {
			t.Errorf("of %d events %d are stored", n, len(got))
		}
	}
}

func TestAGapStandsWhereItWasReported(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	gap := desk.Gap{Serial: 1, LogEpoch: 1, First: 3, Last: 4, Cause: pb.GapCause_GAP_CAUSE_APP_AHEAD, Number: 1, ReceivedNS: 30}
	if err := open(t, path).Commit(&desk.Change{Events: append(events(1, 2), events(5, 6)...), Gaps: []desk.Gap{gap}}); err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, e := range read(t, path) {
		kinds = append(kinds, e.Kind)
	}
	if want := []string{"tamper", "tamper", "gap", "tamper", "tamper"}; !slices.Equal(kinds, want) {
		t.Errorf("got %v, want %v", kinds, want)
	}
	details, err := desk.StoredDetails("gap", read(t, path)[2].Body)
	if want := []any{"first", uint64(3), "last", uint64(4), "cause", "app ahead"}; err != nil || !slices.Equal(details, want) {
		t.Errorf("got %v, %v, want %v", details, err, want)
	}
}

// events are first to last of one log, received ten times their index nanoseconds after the epoch.
func events(first, last uint64) (all []desk.Record) {
	for index := first; index <= last; index++ {
		all = append(all, desk.Record{Serial: 1, LogEpoch: 1, Index: index, Kind: "tamper", ReceivedNS: int64(10 * index), Body: "{}"})
	}
	return all
}

func read(t *testing.T, path string) (all []store.Event) {
	t.Helper()
	if err := store.Events(path, store.Filter{}, func(e store.Event) error { all = append(all, e); return nil }); err != nil {
		t.Fatal(err)
	}
	return all
}
