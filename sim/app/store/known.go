package store

import (
	"database/sql"
	"errors"
	"fmt"

	pb "mercury-driver/proto/mercury/driver/v1"
	"mercury-driver/sim/app/desk"
)

// Known implements desk.Store.
func (s *Store) Known(r *pb.CommandResult) (known desk.Known, err error) {
	err = s.db.QueryRow(`SELECT EXISTS (SELECT 1 FROM results WHERE id = ? AND instance = ?)`,
		r.Id, r.Instance).Scan(&known.Told)
	if err == nil {
		err = s.db.QueryRow(`SELECT kind, requested_by FROM audit WHERE id = ? AND serial = ?`,
			r.Id, int64(r.Serial)).Scan(&known.Kind, &known.RequestedBy)
	}
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return known, fmt.Errorf("controller %d: look for command %s: %w", r.Serial, r.Id, err)
	}
	return known, nil
}
