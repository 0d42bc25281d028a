package spool

import (
	"bytes"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
)

// spooled is the file of a spool that holds transactions.
func spooled(t *testing.T) (r *rig, file string) {
	r = newRig(t)
	r.lose()
	for range 20 {
		r.report(panel, 1, uint64(r.Counts().Written)+1, uint64(r.Counts().Written)+50)
		r.pass(0)
	}
	if err := r.store.close(); err != nil {
		t.Fatal(err)
	}
	file = r.store.path
	r.Spool = nil
	return r, file
}

// A file that is not what was written is refused, with the way forward; it is never read as far as it goes.
func TestDamagedFileIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		damage func([]byte) []byte
		says   string
	}{
		"cut":           {func(b []byte) []byte { return b[:len(b)/2] }, "it is shorter than it says"},
		"cut to one":    {func(b []byte) []byte { return b[:4096] }, "it is shorter than it says"},
		"empty":         {func(b []byte) []byte { return nil }, "it is empty"},
		"no spool":      {func(b []byte) []byte { return []byte(strings.Repeat("what is this? ", 1000)) }, "one of its two headers is broken"},
		"a bit":         {func(b []byte) []byte { b[lastEntry(b)] ^= 1; return b }, "an entry is not what was written"},
		"an older page": {func(b []byte) []byte { swapRoots(b); return b }, "an entry is missing"},
		"a page lost":   {func(b []byte) []byte { clear(b[lastEntry(b)&^4095:][:4096]); return b }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			wantRefused(t, func(file string) error {
				content, err := os.ReadFile(file)
				return errors.Join(err, os.WriteFile(file, test.damage(content), 0o600))
			}, test.says)
		})
	}
}

// swapRoots has the page that all others hang on lead to those of the commit before, which are whole.
func swapRoots(b []byte) {
	var roots [][]byte
	for page := range slices.Chunk(b, 4096) {
		if kind, elements := page[8], page[10]; kind == 2 && elements == 1 { // leaves have that kind, the root one bucket
			roots = append(roots, page)
		}
	}
	older := bytes.Clone(roots[0][16:])
	copy(roots[0][16:], roots[1][16:])
	copy(roots[1][16:], older)
}

// What else may have the file's name is refused likewise, and nothing is made behind it.
func TestWhatIsNoFileIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		make func(path string) error
		says string
	}{
		"a directory":       {func(path string) error { return os.Mkdir(path, 0o700) }, "it is no file"},
		"a link to nothing": {func(path string) error { return os.Symlink("/no/such/file", path) }, "it is a link to what is not there"},
	} {
		t.Run(name, func(t *testing.T) {
			wantRefused(t, func(file string) error { return errors.Join(os.Remove(file), test.make(file)) }, test.says)
		})
	}
}

// wantRefused opens the file that somebody damages, and checks it likewise: both say what is wrong, and the way forward.
func wantRefused(t *testing.T, damage func(file string) error, says string) {
	t.Helper()
	for way, look := range map[string]func(*rig) error{
		"open": func(r *rig) error {
			_, err := Open(r.dir, 5001, r.limit, r, sessions{r}, slog.New(slog.DiscardHandler))
			return err
		},
		"check": func(r *rig) error { return Check(r.dir, 5001) },
	} {
		r, file := spooled(t)
		if err := damage(file); err != nil {
			t.Fatal(err)
		}
		err := look(r)
		var damaged *DamagedError
		if !errors.As(err, &damaged) || !strings.Contains(err.Error(), file) || !strings.Contains(err.Error(), says) ||
			!strings.Contains(err.Error(), "move it away") {
			t.Fatalf("%s: %v, want %q", way, err, says)
		}
		if err := os.Rename(file, file+".damaged"); err != nil {
			t.Fatal(err)
		}
		r.open()
	}
}

// A check finds nothing wrong with what Open would take, and leaves it alone; nor with what a driver has open now.
func TestCheckOfGoodFiles(t *testing.T) {
	r, file := spooled(t)
	before, err := os.ReadFile(file)
	if err := errors.Join(err, Check(r.dir, 5001)); err != nil {
		t.Fatal(err)
	}
	if after, err := os.ReadFile(file); err != nil || !bytes.Equal(before, after) {
		t.Error("the check changed the file", err)
	}
	r.open()
	if err := Check(r.dir, 5001); err != nil {
		t.Error("of a file that is in use:", err)
	}
	if err := Check(r.dir, 5002); err != nil {
		t.Error("where there is none:", err)
	}
	if _, err := os.Lstat(filepath.Join(r.dir, "mercury-driver-5002.spool")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the check made a file:", err)
	}
}

// A hole would end every run that comes to it.
func TestMissingEntryIsRefused(t *testing.T) {
	r := newRig(t)
	r.lose()
	r.report(panel, 1, 1, 5)
	r.report(other, 1, 1, 5)
	r.pass(0)
	if err := r.store.remove([]span{{panel, 2, 3}}); err != nil {
		t.Fatal(err)
	}
	r.store.close()
	r.Spool = nil
	_, err := Open(r.dir, 5001, r.limit, r, sessions{r}, slog.New(slog.DiscardHandler))
	var damaged *DamagedError
	if !errors.As(err, &damaged) || !strings.Contains(err.Error(), "an entry is missing") {
		t.Fatalf("opened with %v", err)
	}
}

// lastEntry is where the newest entry's event is in the file.
func lastEntry(file []byte) int {
	k := key(panel, 999)
	return strings.LastIndex(string(file), string(k)) + len(k) + checksumSize
}

func TestFileOfAnotherProcess(t *testing.T) {
	r := newRig(t)
	_, err := Open(r.dir, 5001, r.limit, r, sessions{r}, slog.New(slog.DiscardHandler))
	if !errors.Is(err, ErrHeld) || !strings.Contains(err.Error(), filepath.Join(r.dir, "mercury-driver-5001.spool")) {
		t.Errorf("opened with %v", err)
	}
}

// While the disk fails nothing is told as stored, and nothing more is taken; then it goes on where it was.
func TestDiskThatFails(t *testing.T) {
	r := newRig(t)
	r.lose()
	r.failDisk()
	r.report(panel, 1, 1, 3)
	r.pass(0)
	r.wantTold(panel)
	if r.Spool.Offer(entryOf(panel, 1, 4)) || r.Counts().Failures != 1 {
		t.Errorf("took more: %+v", r.Counts())
	}
	r.pass(retryAfter / 2)
	if r.Counts().Failures != 1 {
		t.Error("tries again at once")
	}
	r.mend()
	r.pass(retryAfter)
	r.wantTold(panel, 3)
	r.report(panel, 1, 4, 4)
}

// Who deletes the file of a driver that runs deletes its name: what is written then is gone with the process.
func TestFileThatIsDeletedWhileInUse(t *testing.T) {
	r := newRig(t)
	r.spools(panel, 1, 1, 3)
	r.wantTold(panel, 3)
	aside := r.store.path + ".aside"
	if err := os.Rename(r.store.path, aside); err != nil {
		t.Fatal(err)
	}
	r.report(panel, 1, 4, 4)
	r.pass(0)
	r.wantTold(panel)
	if r.Counts().Failures != 1 {
		t.Errorf("%+v", r.Counts())
	}
	if err := os.Rename(aside, r.store.path); err != nil {
		t.Fatal(err)
	}
	r.pass(retryAfter)
	r.wantTold(panel, 4)
}

var errSync = errors.New("sync: input/output error")

// appendInForce is a commit that is in force though it failed: the disk took the new header, and could not make it durable.
func (r *rig) appendInForce() {
	r.t.Helper()
	entries := r.unwritten(r.now)
	if err := r.store.append(entries); err != nil {
		r.t.Fatal(err)
	}
	for _, e := range entries {
		r.store.suspect(span{e.event.Serial, e.number, e.number + 1})
	}
	r.wrote(r.now, entries, 0, errSync)
	r.tell()
}

func (r *rig) removeInForce() {
	r.t.Helper()
	spans := r.acknowledged()
	if err := r.store.remove(spans); err != nil {
		r.t.Fatal(err)
	}
	for _, gone := range spans {
		r.store.suspect(gone)
	}
	r.removed(r.now, spans, 0, errSync)
	r.tell()
}

func TestAppendThatFailsAndIsInForce(t *testing.T) {
	r := newRig(t)
	r.lose()
	r.report(panel, 1, 1, 3)
	r.appendInForce()
	r.pass(retryAfter)
	r.wantTold(panel, 3)
	r.reopen()
	r.up = true
	r.pass(0)
	r.wantKept(panel, 1, 2, 3)
}

// What it wrote is handed on from memory, and its numbers are given to others.
func TestAppendThatFailsAndIsInForceAndIsNotTriedAgain(t *testing.T) {
	r := newThrough(t)
	r.report(panel, 1, 1, 2)
	r.pass(dropEvery)
	r.report(panel, 1, 3, 7)
	r.appendInForce()
	r.pass(0)
	r.wantKept(panel, 1, 2, 3, 4, 5, 6, 7)
	r.stored()
	r.pass(dropEvery)
	r.report(panel, 1, 8, 8)
	r.pass(retryAfter)
	r.report(panel, 1, 9, 9)
	r.pass(0)
	r.wantKept(panel, 8, 9)
	r.reopen()
	r.pass(0)
	r.wantKept(panel, 8, 9)
	r.stored()
	if c := r.Counts(); c.Controllers != 0 {
		t.Errorf("%+v", c)
	}
}

// Until the vendor app has it, the file is all that a kill leaves of what the library says once.
func TestAppendThatFailsAndIsInForceOutlivesAKill(t *testing.T) {
	r := newThrough(t)
	r.report(panel, 1, 1, 2)
	r.appendInForce()
	r.pass(0)
	r.wantKept(panel, 1, 2)
	r.pass(dropEvery)
	r.reopen()
	r.pass(0)
	r.wantKept(panel, 1, 2)
}

func TestRemovalThatFailsAndIsInForce(t *testing.T) {
	r := newThrough(t)
	r.report(panel, 1, 1, 3)
	r.pass(dropEvery)
	r.kept = nil
	r.removeInForce()
	r.report(panel, 1, 4, 4)
	r.pass(retryAfter) // what is written first says nothing of the removal
	r.wantKept(panel, 4)
	r.stored()
	r.reopen()
}

// What the vendor app has is not handed on again, be it in the file or not.
func TestStreamIsLostWhileRemovalsFail(t *testing.T) {
	for name, fail := range map[string]func(*rig){
		"and are in force": (*rig).removeInForce,
		"and are not":      func(r *rig) { r.failDisk(); r.pass(dropEvery); r.mend() },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.lose()
			r.report(panel, 1, 1, 5)
			r.report(other, 1, 1, 2)
			r.pass(0)
			r.up, r.credit = true, 4
			r.pass(retryAfter)
			r.wantKept(panel, 1, 2, 3, 4)
			r.kept = nil // acknowledged
			fail(r)
			r.lose()
			r.up = true
			r.report(panel, 1, 6, 6)
			r.pass(0)
			r.wantKept(panel, 5, 6)
			r.stored()
			r.stored()
			r.wantKept(panel)
			r.reopen()
			if c := r.Counts(); c.Controllers != 0 {
				t.Errorf("%+v", c)
			}
		})
	}
}

// failDisk makes the file one that can only be read.
func (r *rig) failDisk() {
	r.t.Helper()
	r.store.db.Close()
	db, err := bolt.Open(r.store.path, 0o600, &bolt.Options{ReadOnly: true})
	if err != nil {
		r.t.Fatal(err)
	}
	r.store.db = db
}

// mend makes it one that can be written.
func (r *rig) mend() {
	r.t.Helper()
	r.store.db.Close()
	s, err := openStore(r.dir, 5001, func(entry) {})
	if err != nil {
		r.t.Fatal(err)
	}
	r.store.db = s.db
}

// The vendor app is back before the disk is: what the disk did not take goes to the outbox from memory, behind what
// the disk has of that controller.
func TestDiskThatStillFailsWhenTheAppIsBack(t *testing.T) {
	r := newRig(t)
	r.report(other, 1, 1, 2)
	r.spools(panel, 1, 1, 3)
	r.failDisk()
	r.report(panel, 1, 4, 4)
	r.report(other, 1, 3, 3)
	r.pass(0)
	r.told = nil
	r.up, r.credit = true, 5
	r.pass(retryAfter)
	r.wantKept(other, 1, 2)
	r.wantKept(panel, 1, 2, 3)
	r.credit = 1000
	r.pass(time.Millisecond)
	r.wantKept(panel, 1, 2, 3, 4)
	r.wantKept(other, 1, 2, 3)
	r.wantTold(panel)
}
