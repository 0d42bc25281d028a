package store

import (
	"encoding/json"
	"fmt"
	"time"
)

// Unended is the outcome of a command that has not ended.
const Unended = "open"

// AuditFilter chooses commands; what is empty chooses all.
type AuditFilter struct {
	Serial uint64
	ID     string
	// An outcome, or Unended.
	End string
}

// Entry is a command in the audit as people read it.
type Entry struct {
	ID          string          `json:"id"`
	Serial      uint64          `json:"serial"`
	Kind        string          `json:"kind"`
	Arguments   json.RawMessage `json:"arguments"`
	RequestedBy string          `json:"requested_by"`
	Route       string          `json:"route"`
	TTLMs       uint32          `json:"ttl_ms"`
	LeaseEpoch  uint64          `json:"lease_epoch,omitempty"`
	Created     time.Time       `json:"created"`
	Outcome     string          `json:"outcome"`
	Reason      string          `json:"reason,omitempty"`
	// Whose result it was; empty when the app ended it.
	Instance string    `json:"instance,omitempty"`
	Ended    time.Time `json:"ended,omitzero"`
	// The result that came after the app had ended it.
	LateOutcome string    `json:"late_outcome,omitempty"`
	LateReason  string    `json:"late_reason,omitempty"`
	Late        time.Time `json:"late,omitzero"`
}

// Audit calls each for the chosen commands, in the order of asking. It works while an app writes the file.
// An error of each ends it.
func Audit(path string, f AuditFilter, each func(Entry) error) error {
	db, err := openRead(path)
	if err != nil {
		return err
	}
	defer db.Close()
	var c conditions
	c.add(f.Serial != 0, "serial = ?", int64(f.Serial))
	c.add(f.ID != "", "id = ?", f.ID)
	c.add(f.End != "", "coalesce(outcome, '"+Unended+"') = ?", f.End)
	where, args := c.where()
	err = eachRow(db, `SELECT id, serial, kind, arguments, requested_by, route, ttl_ms, lease_epoch, created_ns,
		coalesce(outcome, '`+Unended+`'), coalesce(reason, ''), coalesce(instance, ''), coalesce(ended_ns, 0),
		coalesce(late_outcome, ''), coalesce(late_reason, ''), coalesce(late_ns, 0)
		FROM audit`+where+` ORDER BY rowid`, args, entryFields, func(row entryRow) error { return each(row.entry()) })
	if err != nil {
		return fmt.Errorf("read the audit in %s: %w", path, err)
	}
	return nil
}

// entryRow is a row of the query.
type entryRow struct {
	Entry
	arguments                  string
	createdNS, endedNS, lateNS int64
}

func entryFields(r *entryRow) []any {
	return []any{&r.ID, &r.Serial, &r.Kind, &r.arguments, &r.RequestedBy, &r.Route, &r.TTLMs, &r.LeaseEpoch, &r.createdNS,
		&r.Outcome, &r.Reason, &r.Instance, &r.endedNS, &r.LateOutcome, &r.LateReason, &r.lateNS}
}

func (r entryRow) entry() Entry {
	e := r.Entry
	e.Arguments = json.RawMessage(r.arguments)
	e.Created, e.Ended, e.Late = moment(r.createdNS), moment(r.endedNS), moment(r.lateNS)
	return e
}

// moment is a stored time; 0 is none.
func moment(ns int64) time.Time {
	if ns == 0 {
		return time.Time{}
	}
	return time.Unix(0, ns).UTC()
}
