package store

import (
	"path/filepath"
	"testing"
	"time"
)

// An acknowledgement promises that what it covers survives the machine: SQLite must sync each commit.
func TestEachCommitIsSynced(t *testing.T) {
	s, err := Open(filepath.Join(t.TempDir(), "x.db"), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "busy_timeout": "5000"} {
		var got string
		if err := s.db.QueryRow("PRAGMA " + pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %s (%v), want %s", pragma, got, err, want)
		}
	}
}
