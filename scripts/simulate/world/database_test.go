package world

import (
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	pb "mercury-driver/proto/mercury/driver/v1"
	"mercury-driver/sim/app/desk"
	"mercury-driver/sim/app/store"
)

// The database in memory tells what the app's SQLite file tells, whatever is committed.
func TestDatabase(t *testing.T) {
	file, err := store.Open(filepath.Join(t.TempDir(), "app.db"), began)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	s := noSeams
	s.store = func(memory desk.Store) desk.Store { return &twin{t, memory.(*database), file} }
	w := build(3, nil, s)
	w.settings.faults = slices.DeleteFunc(slices.Clone(faults), func(f fault) bool { return f.name == databaseReplaced })
	if err := w.Run(); err != nil {
		t.Fatal(err)
	}
}

// twin commits to both, and holds what they tell against each other.
type twin struct {
	*testing.T
	memory *database
	file   *store.Store
}

func (d *twin) Load() (desk.Kept, error) {
	return same(d, "load", desk.Store.Load)
}

func (d *twin) History(serial uint64) (map[uint32]desk.Log, error) {
	return same(d, "history", func(s desk.Store) (map[uint32]desk.Log, error) { return s.History(serial) })
}

func (d *twin) Known(r *pb.CommandResult) (desk.Known, error) {
	return same(d, "known", func(s desk.Store) (desk.Known, error) { return s.Known(r) })
}

func (d *twin) Commit(c *desk.Change) error {
	if d.memory.crash != beforeCommit {
		if err := d.file.Commit(c); err != nil {
			d.Error(err)
		}
	}
	err := d.memory.Commit(c)
	for serial := range c.Leases {
		_, _ = d.History(serial)
	}
	for _, r := range c.Results {
		_, _ = d.Known(r)
	}
	return err
}

func same[T any](d *twin, what string, ask func(desk.Store) (T, error)) (T, error) {
	d.Helper()
	memory, err := ask(d.memory)
	file, failure := ask(d.file)
	if failure != nil || !reflect.DeepEqual(memory, file) {
		d.Errorf("%s: in memory %+v, in the file %+v, %v", what, memory, file, failure)
	}
	return memory, err
}
