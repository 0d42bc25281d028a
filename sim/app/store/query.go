package store

import (
	"encoding/json"
	"fmt"
	"time"
)

// Filter chooses events; what is zero chooses all.
type Filter struct {
	Serial uint64
	Kind   string
	// By the driver's clock when it saw the event: Since is included, Until is not.
	Since, Until time.Time
}

// Event is a stored event as people read it.
type Event struct {
	Serial     uint64          `json:"serial"`
	Kind       string          `json:"kind"`
	LogEpoch   uint32          `json:"log_epoch,omitempty"`
	Index      uint64          `json:"index,omitempty"`
	Instance   string          `json:"instance,omitempty"`
	Number     uint64          `json:"number,omitempty"`
	PanelTime  time.Time       `json:"panel_time,omitzero"`
	Received   time.Time       `json:"received"`
	Backlog    bool            `json:"backlog,omitempty"`
	LeaseEpoch uint64          `json:"lease_epoch,omitempty"`
	Body       json.RawMessage `json:"body"`
}

// Events calls each for the chosen events, in the order of storing; a gap stands where it was
// reported. It works while an app writes the file. An error of each ends it.
func Events(path string, f Filter, each func(Event) error) error {
	db, err := openRead(path)
	if err != nil {
		return err
	}
	defer db.Close()
	where, args := f.where()
	gaps, err := rows(db, `SELECT * FROM (SELECT serial, 'gap' AS kind, log_epoch, 0, instance, number, 0, received_ns, 0, lease_epoch,
		json_object('first', first, 'last', last, 'cause', 'GAP_CAUSE_' || upper(replace(cause, ' ', '_'))) FROM gaps)`+where+` ORDER BY received_ns`, eventFields, args...)
	if err != nil {
		return fmt.Errorf("read gaps in %s: %w", path, err)
	}
	err = eachRow(db, `SELECT serial, kind, log_epoch, idx, coalesce(instance, ''), number, panel_time_ns, received_ns,
		backlog, lease_epoch, body FROM events`+where+` ORDER BY id`, args, eventFields, func(row eventRow) error {
		for len(gaps) > 0 && gaps[0].receivedNS <= row.receivedNS {
			if err := each(gaps[0].event()); err != nil {
				return err
			}
			gaps = gaps[1:]
		}
		return each(row.event())
	})
	if err != nil {
		return fmt.Errorf("read events in %s: %w", path, err)
	}
	for _, gap := range gaps {
		if err := each(gap.event()); err != nil {
			return err
		}
	}
	return nil
}

func (f Filter) where() (text string, args []any) {
	var c conditions
	c.add(f.Serial != 0, "serial = ?", int64(f.Serial))
	c.add(f.Kind != "", "kind = ?", f.Kind)
	c.add(!f.Since.IsZero(), "received_ns >= ?", f.Since.UnixNano())
	c.add(!f.Until.IsZero(), "received_ns < ?", f.Until.UnixNano())
	return c.where()
}

// conditions choose rows.
type conditions struct {
	text string
	args []any
}

func (c *conditions) add(wanted bool, condition string, value any) {
	if wanted {
		c.text += " AND " + condition
		c.args = append(c.args, value)
	}
}

func (c *conditions) where() (text string, args []any) { return " WHERE true" + c.text, c.args }

// eventRow is a row of one of the two queries.
type eventRow struct {
	Event
	panelNS, receivedNS int64
	leaseEpoch          int64
	body                string
}

func eventFields(r *eventRow) []any {
	return []any{&r.Serial, &r.Kind, &r.LogEpoch, &r.Index, &r.Instance, &r.Number, &r.panelNS, &r.receivedNS,
		&r.Backlog, &r.leaseEpoch, &r.body}
}

func (r eventRow) event() Event {
	e := r.Event
	e.Received, e.PanelTime = time.Unix(0, r.receivedNS).UTC(), moment(r.panelNS)
	e.LeaseEpoch, e.Body = uint64(r.leaseEpoch), json.RawMessage(r.body)
	return e
}
