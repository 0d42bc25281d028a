package store

import (
	"errors"
	"fmt"
	"math"

	"mercury-driver/sim/app/desk"
)

// beginning is where a run of stored transactions begins.
type beginning struct {
	epoch uint32
	first uint64
}

// History implements desk.Store. Of a log with many transactions it reads only where runs begin
// and end.
func (s *Store) History(serial uint64) (map[uint32]desk.Log, error) {
	logs := make(map[uint32]desk.Log)
	begun, err := rows(s.db, `SELECT log_epoch, idx FROM events INDEXED BY events_begins
		WHERE serial = ? AND begins = 1 ORDER BY log_epoch, idx`,
		func(b *beginning) []any { return []any{&b.epoch, &b.first} }, serial)
	if err != nil {
		return nil, fmt.Errorf("controller %d: read its history: %w", serial, err)
	}
	for i, b := range begun {
		until := uint64(math.MaxInt64)
		if i+1 < len(begun) && begun[i+1].epoch == b.epoch {
			until = begun[i+1].first - 1
		}
		last, err := s.lastStored(serial, b.epoch, until)
		if err != nil {
			return nil, fmt.Errorf("controller %d: read its history: %w", serial, err)
		}
		log := logs[b.epoch]
		log.Stored = append(log.Stored, desk.Run{First: b.first, Last: last})
		logs[b.epoch] = log
	}
	return logs, errors.Join(s.gaps(serial, logs), s.counted(serial, logs))
}

func (s *Store) lastStored(serial uint64, epoch uint32, until uint64) (last uint64, err error) {
	err = s.db.QueryRow(`SELECT max(idx) FROM events WHERE serial = ? AND log_epoch = ? AND idx > 0 AND idx <= ?`,
		serial, epoch, until).Scan(&last)
	return last, err
}

func (s *Store) gaps(serial uint64, logs map[uint32]desk.Log) error {
	gaps, err := rows(s.db, `SELECT log_epoch, first, last FROM gaps WHERE serial = ?`,
		func(g *desk.Gap) []any { return []any{&g.LogEpoch, &g.First, &g.Last} }, serial)
	if err != nil {
		return fmt.Errorf("controller %d: read its gaps: %w", serial, err)
	}
	for _, g := range gaps {
		log := logs[g.LogEpoch]
		log.Gaps = append(log.Gaps, desk.Run{First: g.First, Last: g.Last})
		logs[g.LogEpoch] = log
	}
	return nil
}

func (s *Store) counted(serial uint64, logs map[uint32]desk.Log) error {
	counted, err := rows(s.db, `SELECT log_epoch, lease_epoch FROM counted_logs WHERE serial = ?`,
		func(l *desk.CountedLog) []any { return []any{&l.LogEpoch, &l.Lease} }, serial)
	if err != nil {
		return fmt.Errorf("controller %d: read its counted logs: %w", serial, err)
	}
	for _, l := range counted {
		log := logs[l.LogEpoch]
		log.Lease = l.Lease
		logs[l.LogEpoch] = log
	}
	return nil
}
