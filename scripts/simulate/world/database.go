package world

import (
	"errors"
	"maps"
	"slices"
	"time"

	pb "mercury-driver/proto/mercury/driver/v1"
	"mercury-driver/scripts/simulate/oracle"
	"mercury-driver/sim/app/desk"
)

// database keeps what the app's SQLite file keeps, with the same rules, in memory. It may be copied, lost, and
// replaced by an older copy. TestDatabase holds it against the real one.
type database struct {
	world *World
	rows  *rows
	crash crash // of the next commit
}

// crash is where the app dies in a commit.
type crash int

const (
	nowhere crash = iota
	beforeCommit
	behindCommit
)

var errCrash = errors.New("the app was killed")

type rows struct {
	floor       uint64
	events      map[eventName]desk.Record
	gaps        map[oracle.Name]desk.Gap
	results     map[resultName]*pb.CommandResult
	leases      map[uint64]desk.Lease
	controllers map[uint64]desk.Controller
	counted     map[oracle.Name]uint64 // of a log, index 0: the lease
	audit       map[string]auditRow
}

// eventName is the name of a transaction, or of what a driver saw.
type eventName struct {
	oracle.Name
	instance string
	number   uint64
}

// resultName is a result's: should two processes end one command, both are kept.
type resultName struct{ id, instance string }

type auditRow struct {
	desk.Order
	end, late *pb.CommandResult
}

// newRows is a new database; the floor of its lease epochs is from the clock.
func newRows(now time.Time) *rows {
	return &rows{floor: uint64(now.UnixMilli()), events: map[eventName]desk.Record{}, gaps: map[oracle.Name]desk.Gap{},
		results: map[resultName]*pb.CommandResult{}, leases: map[uint64]desk.Lease{},
		controllers: map[uint64]desk.Controller{}, counted: map[oracle.Name]uint64{}, audit: map[string]auditRow{}}
}

func (r *rows) copy() *rows {
	return &rows{r.floor, maps.Clone(r.events), maps.Clone(r.gaps), maps.Clone(r.results), maps.Clone(r.leases),
		maps.Clone(r.controllers), maps.Clone(r.counted), maps.Clone(r.audit)}
}

// replace puts another database in the place of the one that is lost.
func (db *database) replace(rows *rows) {
	db.rows = rows
	var holds []oracle.Name
	for name := range rows.events {
		if name.Index > 0 {
			holds = append(holds, name.Name)
		}
	}
	db.world.oracle.Replaced(holds)
}

// Load implements desk.Store.
func (db *database) Load() (desk.Kept, error) {
	r := db.rows
	kept := desk.Kept{LeaseFloor: r.floor}
	for _, serial := range slices.Sorted(maps.Keys(r.leases)) {
		kept.Leases = append(kept.Leases, r.leases[serial])
	}
	for _, serial := range slices.Sorted(maps.Keys(r.controllers)) {
		kept.Controllers = append(kept.Controllers, r.controllers[serial])
	}
	for _, id := range slices.Sorted(maps.Keys(r.audit)) {
		if row := r.audit[id]; row.end == nil {
			kept.Orders = append(kept.Orders, row.Order)
		}
	}
	return kept, nil
}

// History implements desk.Store. A run begins where a row says so, and ends with the last row before the next.
func (db *database) History(serial uint64) (map[uint32]desk.Log, error) {
	logs := map[uint32]desk.Log{}
	stored := map[uint32][]desk.Record{}
	for name, r := range db.rows.events {
		if r.Index > 0 && r.Serial == serial {
			stored[name.Epoch] = append(stored[name.Epoch], r)
		}
	}
	for epoch, records := range stored {
		slices.SortFunc(records, func(a, b desk.Record) int { return int(a.Index) - int(b.Index) })
		log := logs[epoch]
		for _, r := range records {
			if r.Begins {
				log.Stored = append(log.Stored, desk.Run{First: r.Index})
			}
			if last := len(log.Stored) - 1; last >= 0 {
				log.Stored[last].Last = r.Index
			}
		}
		logs[epoch] = log
	}
	for name, g := range db.rows.gaps {
		if name.Serial == serial {
			log := logs[name.Epoch]
			log.Gaps = append(log.Gaps, desk.Run{First: g.First, Last: g.Last})
			logs[name.Epoch] = log
		}
	}
	for name, lease := range db.rows.counted {
		if name.Serial == serial {
			log := logs[name.Epoch]
			log.Lease = lease
			logs[name.Epoch] = log
		}
	}
	return logs, nil
}

// Known implements desk.Store.
func (db *database) Known(r *pb.CommandResult) (known desk.Known, err error) {
	_, known.Told = db.rows.results[resultName{r.Id, r.Instance}]
	if row, ok := db.rows.audit[r.Id]; ok && row.Serial == r.Serial {
		known.Kind, known.RequestedBy = row.Kind, row.RequestedBy
	}
	return known, nil
}

// Commit implements desk.Store.
func (db *database) Commit(c *desk.Change) error {
	crash := db.crash
	db.crash = nowhere
	if crash == beforeCommit {
		return errCrash
	}
	db.put(c)
	if crash == behindCommit {
		return errCrash
	}
	return nil
}

func (db *database) put(c *desk.Change) {
	r := db.rows
	for _, g := range c.Gaps { // first, so that the oracle knows what comes later than it should
		db.putGap(g)
	}
	for _, e := range c.Events {
		db.putEvent(e)
	}
	for _, result := range c.Results {
		name := resultName{result.Id, result.Instance}
		if _, ok := r.results[name]; !ok {
			r.results[name] = result
		}
		db.world.oracle.Result(result)
	}
	maps.Copy(r.leases, c.Leases)
	maps.Copy(r.controllers, c.Controllers)
	for _, l := range c.Counted {
		name := oracle.Name{Serial: l.Serial, Epoch: l.LogEpoch}
		if _, ok := r.counted[name]; !ok {
			r.counted[name] = l.Lease
		}
	}
	db.putAudit(c)
}

func (db *database) putEvent(e desk.Record) {
	name := eventName{oracle.Name{Serial: e.Serial, Epoch: e.LogEpoch, Index: e.Index}, "", 0}
	if e.Index == 0 {
		name = eventName{oracle.Name{}, e.Instance, e.Number}
	}
	if _, ok := db.rows.events[name]; ok {
		return
	}
	db.rows.events[name] = e
	if e.Index == 0 {
		db.world.oracle.StoredSeen(e.Instance, e.Number)
		return
	}
	db.world.oracle.Stored(name.Name, e.Kind, e.PanelTimeNS)
}

func (db *database) putGap(g desk.Gap) {
	name := oracle.Name{Serial: g.Serial, Epoch: g.LogEpoch, Index: g.First}
	db.world.oracle.StoredSeen(g.Instance, g.Number)
	db.world.oracle.StoredGap(oracle.Gap{Serial: g.Serial, Epoch: g.LogEpoch, First: g.First, Last: g.Last})
	if old, ok := db.rows.gaps[name]; ok {
		last := max(old.Last, g.Last)
		if old.Last == 0 || g.Last == 0 {
			last = 0
		}
		g = old
		g.Last = last
	}
	db.rows.gaps[name] = g
}

func (db *database) putAudit(c *desk.Change) {
	audit := db.rows.audit
	for _, o := range c.Opened {
		audit[o.ID] = auditRow{Order: o}
	}
	for _, e := range c.Ended {
		if row, ok := audit[e.Id]; ok && row.end == nil && row.Serial == e.Serial {
			row.end = e.CommandResult
			audit[e.Id] = row
			db.world.oracle.Ended(e.CommandResult)
		}
	}
	for _, e := range c.Late {
		if row, ok := audit[e.Id]; ok && row.Serial == e.Serial && row.end != nil && row.end.Instance == "" && row.late == nil {
			row.late = e.CommandResult
			audit[e.Id] = row
		}
	}
}
