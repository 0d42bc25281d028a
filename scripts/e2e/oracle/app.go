package oracle

import (
	"database/sql"
	"fmt"
	"net/url"
	"time"

	_ "modernc.org/sqlite" // the driver named "sqlite"
)

// gap is a hole in a log that was reported; last 0: without end.
type gap struct {
	name
	last  uint64
	cause string
}

func (g gap) covers(n name) bool {
	return g.serial == n.serial && g.epoch == n.epoch && g.index <= n.index && (g.last == 0 || n.index <= g.last)
}

// order is a row of the audit.
type order struct {
	id, kind, arguments, outcome, instance string
	serial                                 uint64
	created                                time.Time
	ttl                                    time.Duration
	late                                   string // the outcome that came after the app had given up
}

// result is an end of a command, as a driver told it.
type result struct{ id, instance, outcome string }

// app is what the vendor app stored, in the order of storing.
type app struct {
	events  []transaction
	gaps    []gap
	orders  []order
	results []result
	lost    int // reports that a driver had to drop
}

func readApp(path string) (*app, error) {
	query := url.Values{"mode": {"rw"}, "_pragma": {"query_only(1)", "busy_timeout(5000)"}}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Opaque: url.PathEscape(path), RawQuery: query.Encode()}).String())
	if err != nil {
		return nil, err
	}
	defer db.Close()
	a := &app{}
	for _, read := range []func(*sql.DB) error{a.readEvents, a.readGaps, a.readAudit, a.readResults} {
		if err := read(db); err != nil {
			return nil, err
		}
	}
	return a, db.QueryRow(`SELECT count(*) FROM events WHERE kind = 'lost'`).Scan(&a.lost)
}

func (a *app) readEvents(db *sql.DB) error {
	return each(db, `SELECT serial, log_epoch, idx, kind, panel_time_ns, body FROM events WHERE idx > 0 ORDER BY id`,
		func(scan func(...any) error) error {
			var t transaction
			var body []byte
			if err := scan(&t.serial, &t.epoch, &t.index, &t.kind, &t.timeNS, &body); err != nil {
				return err
			}
			found, err := fields(body)
			if err != nil {
				return fmt.Errorf("%v: body: %w", t.name, err)
			}
			t.body = inWords(found)
			a.events = append(a.events, t)
			return nil
		})
}

func (a *app) readGaps(db *sql.DB) error {
	return each(db, `SELECT serial, log_epoch, first, last, cause FROM gaps`, func(scan func(...any) error) error {
		var g gap
		err := scan(&g.serial, &g.epoch, &g.index, &g.last, &g.cause)
		a.gaps = append(a.gaps, g)
		return err
	})
}

func (a *app) readAudit(db *sql.DB) error {
	return each(db, `SELECT id, serial, kind, arguments, created_ns, ttl_ms, ifnull(outcome, ''), ifnull(instance, ''),
		ifnull(late_outcome, '') FROM audit`, func(scan func(...any) error) error {
		var o order
		var createdNS, ttlMS int64
		err := scan(&o.id, &o.serial, &o.kind, &o.arguments, &createdNS, &ttlMS, &o.outcome, &o.instance, &o.late)
		o.created, o.ttl = time.Unix(0, createdNS), time.Duration(ttlMS)*time.Millisecond
		a.orders = append(a.orders, o)
		return err
	})
}

func (a *app) readResults(db *sql.DB) error {
	return each(db, `SELECT id, instance, outcome FROM results`, func(scan func(...any) error) error {
		var r result
		err := scan(&r.id, &r.instance, &r.outcome)
		a.results = append(a.results, r)
		return err
	})
}

// each calls take for each row of a query.
func each(db *sql.DB, query string, take func(scan func(...any) error) error) error {
	rows, err := db.Query(query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := take(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}
