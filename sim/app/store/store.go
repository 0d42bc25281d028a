// Package store keeps what the reference vendor app must not forget, in one SQLite file. The file
// is meant to be read by others too: schema.sql says what is where. It does no thinking of its own:
// what a row means is the desk's.
package store

import (
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"time"

	"golang.org/x/sys/unix"
	"modernc.org/sqlite" // the driver named "sqlite", too
	sqlite3 "modernc.org/sqlite/lib"

	"mercury-driver/sim/app/desk"
)

//go:embed schema.sql
var schema string

// mark tells our files from other SQLite databases (PRAGMA application_id), and their version.
const mark, version = 0x6d657263, 2

// Store is the app's database. One goroutine uses it; others may read the file meanwhile, but no
// second Store has it.
type Store struct {
	db    *sql.DB
	lock  *os.File
	past  past
	write writer
}

// Open opens the database, or makes it; the error is ErrTaken while another app has it. A new one takes the
// floor of its lease epochs from the clock, so that it begins above a lost one that it replaces.
func Open(path string, now time.Time) (*Store, error) {
	lock, err := lock(path)
	if err != nil {
		return nil, err
	}
	db, err := open(path, "rwc", "journal_mode(WAL)", "synchronous(FULL)")
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	s := &Store{db: db, lock: lock}
	if err := s.prepare(now); err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", path, err), s.Close())
	}
	return s, nil
}

// Close closes the database.
func (s *Store) Close() error { return errors.Join(s.db.Close(), s.lock.Close()) }

// open takes a mode of SQLite's, and what more its URI is to say behind an &.
func open(path, mode string, pragmas ...string) (*sql.DB, error) {
	query := "mode=" + mode + "&" + url.Values{"_pragma": append(pragmas, "busy_timeout(5000)")}.Encode()
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Opaque: url.PathEscape(path), RawQuery: query}).String())
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	db.SetMaxOpenConns(1)
	return db, nil
}

func (s *Store) prepare(now time.Time) error {
	if _, err := checkMark(s.db); err != nil {
		return err
	}
	if _, err := s.db.Exec(schema + fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d;", mark, version)); err != nil {
		return err
	}
	if _, err := s.db.Exec(`INSERT OR IGNORE INTO origin VALUES (1, ?)`, now.UnixMilli()); err != nil {
		return err
	}
	if err := s.past.prepare(s.db); err != nil {
		return err
	}
	return s.write.prepare(s.db)
}

// checkMark refuses a database that is not the app's; a new one is empty.
func checkMark(db *sql.DB) (empty bool, err error) {
	var id, found, tables int
	err = db.QueryRow(`SELECT a.application_id, v.user_version, (SELECT count(*) FROM sqlite_schema)
		FROM pragma_application_id a, pragma_user_version v`).Scan(&id, &found, &tables)
	fault := (*sqlite.Error)(nil)
	switch {
	case errors.As(err, &fault) && fault.Code() == sqlite3.SQLITE_NOTADB:
		return false, errors.New("it is no database")
	case err != nil:
		return false, err
	case tables > 0 && id != mark:
		return false, errors.New("it is a database of something else")
	case tables > 0 && found != version:
		return false, fmt.Errorf("it has version %d, this program knows %d; name another file", found, version)
	}
	return tables == 0, nil
}

// isAtRest recognizes what reading says of a file that nobody has open, in a directory that is not ours to write in: the
// log that those would share can't be made. Such a file is read as it lies there.
func isAtRest(err error) bool {
	fault := (*sqlite.Error)(nil)
	return errors.As(err, &fault) && fault.Code() == sqlite3.SQLITE_READONLY_DIRECTORY
}

// openRead opens an existing database to be read, also while an app writes it.
func openRead(path string) (*sql.DB, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no database %s", path)
	case err == nil && info.IsDir():
		return nil, fmt.Errorf("read database %s: it is a directory", path)
	}
	if err := unix.Access(path, unix.R_OK); err != nil { // SQLite says no more than that it can't
		return nil, fmt.Errorf("read database %s: %w", path, err)
	}
	db, err := open(path, "rw", "query_only(1)")
	if err != nil {
		return nil, err
	}
	empty, err := checkMark(db)
	if isAtRest(err) {
		db.Close()
		if db, err = open(path, "ro&immutable=1"); err != nil {
			return nil, err
		}
		empty, err = checkMark(db)
	}
	if err == nil && empty {
		err = errors.New("it is empty: no app has written it yet")
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read database %s: %w", path, err), db.Close())
	}
	return db, nil
}

// Load implements desk.Store.
func (s *Store) Load() (kept desk.Kept, err error) {
	if err := s.db.QueryRow(`SELECT lease_floor FROM origin`).Scan(&kept.LeaseFloor); err != nil {
		return kept, fmt.Errorf("load the lease floor: %w", err)
	}
	if kept.Leases, err = rows(s.db, `SELECT serial, lease_epoch, instance, over FROM leases`,
		func(l *desk.Lease) []any { return []any{&l.Serial, &l.Epoch, &l.Instance, &l.Over} }); err != nil {
		return kept, fmt.Errorf("load leases: %w", err)
	}
	if kept.Controllers, err = rows(s.db, `SELECT serial, instance, port, lease_epoch, online, commands_ready,
		peer, tls, model, firmware, mac, cause, since_ns FROM controllers`, controllerFields); err != nil {
		return kept, fmt.Errorf("load controllers: %w", err)
	}
	if kept.Orders, err = s.openOrders(); err != nil {
		return kept, fmt.Errorf("load open commands: %w", err)
	}
	return kept, nil
}

func controllerFields(c *desk.Controller) []any {
	return []any{&c.Serial, &c.Instance, &c.Port, &c.LeaseEpoch, &c.Online, &c.CommandsReady,
		&c.Peer, &c.TLS, &c.Model, &c.Firmware, &c.MAC, &c.Cause, &c.SinceNS}
}

func (s *Store) openOrders() ([]desk.Order, error) {
	orders, err := rows(s.db, `SELECT id, serial, kind, arguments, requested_by, route, ttl_ms, lease_epoch, created_ns
		FROM audit WHERE outcome IS NULL`, func(o *desk.Order) []any {
		return []any{&o.ID, &o.Serial, &o.Kind, &o.Arguments, &o.RequestedBy, &o.Route, &o.TTL, &o.LeaseEpoch, &o.CreatedNS}
	})
	for i := range orders {
		orders[i].TTL *= time.Millisecond
	}
	return orders, err
}
