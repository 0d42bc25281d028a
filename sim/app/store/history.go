package store

import (
	"database/sql"
	"errors"
	"fmt"
	"math"

	"mercury-driver/sim/app/desk"
)

// past holds the prepared queries for the history of one controller: thousands are asked for when a building's power
// comes back.
type past struct{ begun, last, gaps, counted *sql.Stmt }

func (p *past) prepare(db *sql.DB) (err error) {
	for _, s := range []struct {
		stmt **sql.Stmt
		text string
	}{
		{&p.begun, `SELECT log_epoch, idx FROM events INDEXED BY events_begins
			WHERE serial = ? AND begins = 1 ORDER BY log_epoch, idx`},
		{&p.last, `SELECT max(idx) FROM events WHERE serial = ? AND log_epoch = ? AND idx > 0 AND idx <= ?`},
		{&p.gaps, `SELECT log_epoch, first, last FROM gaps WHERE serial = ?`},
		{&p.counted, `SELECT log_epoch, lease_epoch FROM counted_logs WHERE serial = ?`},
	} {
		if *s.stmt, err = db.Prepare(s.text); err != nil {
			return err
		}
	}
	return nil
}

// beginning is where a run of stored transactions begins.
type beginning struct {
	epoch uint32
	first uint64
}

// History implements desk.Store. Of a log with many transactions it reads only where runs begin
// and end.
func (s *Store) History(serial uint64) (map[uint32]desk.Log, error) {
	logs := make(map[uint32]desk.Log)
	if err := errors.Join(s.stored(serial, logs), s.gaps(serial, logs), s.counted(serial, logs)); err != nil {
		return nil, fmt.Errorf("controller %d: read its history: %w", serial, err)
	}
	return logs, nil
}

func (s *Store) stored(serial uint64, logs map[uint32]desk.Log) error {
	begun, err := rowsOf(s.past.begun, func(b *beginning) []any { return []any{&b.epoch, &b.first} }, serial)
	if err != nil {
		return err
	}
	for i, b := range begun {
		until := uint64(math.MaxInt64)
		if i+1 < len(begun) && begun[i+1].epoch == b.epoch {
			until = begun[i+1].first - 1
		}
		run := desk.Run{First: b.first}
		if err := s.past.last.QueryRow(serial, b.epoch, until).Scan(&run.Last); err != nil {
			return err
		}
		log := logs[b.epoch]
		log.Stored = append(log.Stored, run)
		logs[b.epoch] = log
	}
	return nil
}

func (s *Store) gaps(serial uint64, logs map[uint32]desk.Log) error {
	gaps, err := rowsOf(s.past.gaps, func(g *desk.Gap) []any { return []any{&g.LogEpoch, &g.First, &g.Last} }, serial)
	for _, g := range gaps {
		log := logs[g.LogEpoch]
		log.Gaps = append(log.Gaps, desk.Run{First: g.First, Last: g.Last})
		logs[g.LogEpoch] = log
	}
	return err
}

func (s *Store) counted(serial uint64, logs map[uint32]desk.Log) error {
	counted, err := rowsOf(s.past.counted, func(l *desk.CountedLog) []any { return []any{&l.LogEpoch, &l.Lease} }, serial)
	for _, l := range counted {
		log := logs[l.LogEpoch]
		log.Lease = l.Lease
		logs[l.LogEpoch] = log
	}
	return err
}
