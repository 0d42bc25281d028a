package store

import (
	"database/sql"
	"fmt"
	"strings"

	"mercury-driver/sim/app/desk"
)

// writer holds the prepared statements of a commit.
type writer struct {
	events                            []eventInsert
	gap, result, lease                *sql.Stmt
	controller, opened, ended, lateBy *sql.Stmt
	counted                           *sql.Stmt
	args                              []any
}

// eventInsert puts so many events in with one statement: a row costs half as much in a statement of 64.
type eventInsert struct {
	rows int
	stmt *sql.Stmt
}

const eventColumns = 12

func (w *writer) prepare(db *sql.DB) error {
	for _, rows := range []int{64, 8, 1} {
		one := "(?" + strings.Repeat(",?", eventColumns-1) + ")"
		stmt, err := db.Prepare(`INSERT OR IGNORE INTO events (serial, log_epoch, idx, instance, number, kind,
			panel_time_ns, received_ns, backlog, lease_epoch, begins, body) VALUES ` + one + strings.Repeat(","+one, rows-1))
		if err != nil {
			return err
		}
		w.events = append(w.events, eventInsert{rows, stmt})
	}
	for _, s := range []struct {
		stmt **sql.Stmt
		text string
	}{
		{&w.gap, `INSERT INTO gaps VALUES (?,?,?,?,?,?,?,?,?)
			ON CONFLICT DO UPDATE SET last = iif(last = 0 OR excluded.last = 0, 0, max(last, excluded.last))`},
		{&w.result, `INSERT OR IGNORE INTO results VALUES (?,?,?,?,?,?,?,?,?)`},
		{&w.lease, `INSERT OR REPLACE INTO leases VALUES (?,?,?,?)`},
		{&w.counted, `INSERT INTO counted_logs VALUES (?,?,?)`},
		{&w.controller, `INSERT OR REPLACE INTO controllers VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)`},
		{&w.opened, `INSERT INTO audit (id, serial, kind, arguments, requested_by, route, ttl_ms, lease_epoch, created_ns)
			VALUES (?,?,?,?,?,?,?,?,?)`},
		{&w.ended, `UPDATE audit SET outcome = ?, reason = ?, instance = ?, ended_ns = ?
			WHERE id = ? AND serial = ? AND outcome IS NULL`},
		{&w.lateBy, `UPDATE audit SET late_outcome = ?, late_reason = ?, late_ns = ?
			WHERE id = ? AND serial = ? AND instance = '' AND late_outcome IS NULL`},
	} {
		var err error
		if *s.stmt, err = db.Prepare(s.text); err != nil {
			return err
		}
	}
	return nil
}

// Commit implements desk.Store.
func (s *Store) Commit(c *desk.Change) error {
	tx, err := s.db.Begin()
	if err != nil {
		return fmt.Errorf("store: begin: %w", err)
	}
	defer tx.Rollback()
	if err := s.write.all(tx, c); err != nil {
		return fmt.Errorf("store: write: %w", err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("store: commit: %w", err)
	}
	return nil
}

func (w *writer) all(tx *sql.Tx, c *desk.Change) error {
	if err := w.putEvents(tx, c.Events); err != nil {
		return err
	}
	for _, put := range []func(*sql.Tx, *desk.Change) error{w.putReports, w.putState, w.putAudit} {
		if err := put(tx, c); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) putEvents(tx *sql.Tx, events []desk.Record) error {
	for _, insert := range w.events {
		stmt := tx.Stmt(insert.stmt)
		for ; len(events) >= insert.rows; events = events[insert.rows:] {
			w.args = w.args[:0]
			for i := range events[:insert.rows] {
				w.args = appendEvent(w.args, &events[i])
			}
			if _, err := stmt.Exec(w.args...); err != nil {
				return err
			}
		}
	}
	return nil
}

func appendEvent(args []any, r *desk.Record) []any {
	instance := sql.NullString{String: r.Instance, Valid: r.Index == 0}
	return append(args, r.Serial, r.LogEpoch, r.Index, instance, r.Number, r.Kind,
		r.PanelTimeNS, r.ReceivedNS, r.Backlog, int64(r.LeaseEpoch), r.Begins, r.Body)
}

func (w *writer) putReports(tx *sql.Tx, c *desk.Change) error {
	gap, result := tx.Stmt(w.gap), tx.Stmt(w.result)
	for _, g := range c.Gaps {
		if _, err := gap.Exec(g.Serial, g.LogEpoch, g.First, g.Last, desk.Word(g.Cause),
			g.Instance, g.Number, g.ReceivedNS, int64(g.LeaseEpoch)); err != nil {
			return err
		}
	}
	for _, r := range c.Results {
		if _, err := result.Exec(r.Id, r.Instance, int64(r.Serial), desk.Word(r.Outcome), r.Reason,
			int64(r.LeaseEpoch), r.ReceivedNs, r.PostedNs, r.EndedNs); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) putState(tx *sql.Tx, c *desk.Change) error {
	lease, controller, counted := tx.Stmt(w.lease), tx.Stmt(w.controller), tx.Stmt(w.counted)
	for _, l := range c.Leases {
		if _, err := lease.Exec(int64(l.Serial), int64(l.Epoch), l.Instance, l.Over); err != nil {
			return err
		}
	}
	for _, k := range c.Controllers {
		if _, err := controller.Exec(int64(k.Serial), k.Instance, k.Port, int64(k.LeaseEpoch), k.Online, k.CommandsReady,
			k.Peer, k.TLS, k.Model, k.Firmware, k.MAC, k.Cause, k.SinceNS); err != nil {
			return err
		}
	}
	for _, l := range c.Counted {
		if _, err := counted.Exec(int64(l.Serial), l.LogEpoch, int64(l.Lease)); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) putAudit(tx *sql.Tx, c *desk.Change) error {
	opened, ended, late := tx.Stmt(w.opened), tx.Stmt(w.ended), tx.Stmt(w.lateBy)
	for _, o := range c.Opened {
		if _, err := opened.Exec(o.ID, o.Serial, o.Kind, string(o.Arguments), o.RequestedBy, o.Route,
			o.TTL.Milliseconds(), int64(o.LeaseEpoch), o.CreatedNS); err != nil {
			return err
		}
	}
	for _, e := range c.Ended {
		if _, err := ended.Exec(desk.Word(e.Outcome), e.Reason, e.Instance, e.AtNS, e.Id, int64(e.Serial)); err != nil {
			return err
		}
	}
	for _, e := range c.Late {
		if _, err := late.Exec(desk.Word(e.Outcome), e.Reason, e.AtNS, e.Id, int64(e.Serial)); err != nil {
			return err
		}
	}
	return nil
}
