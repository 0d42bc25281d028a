package oracle

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// deed is what a command makes a panel do. Commands that are the same deed can't be told apart, only
// counted.
type deed struct {
	serial uint64
	what   string // the panel's name of it, and its arguments
}

func (d deed) String() string { return fmt.Sprintf("controller %d: %q", d.serial, d.what) }

// asked is a command that somebody asked for, and how it ended: in the word of the contract, unknown
// when nobody could tell, or empty while it has not.
type asked struct {
	id string
	deed
	outcome string
	at      time.Time
	ttl     time.Duration // 0: none was said
}

// deeds say how the panels write an action of the contract: its name, and the fields that follow. Others
// can not be judged.
var deeds = map[string][]string{
	"unlock":      {"unlock", "door"},
	"door_mode":   {"door mode", "door", "mode"},
	"output":      {"output", "output", "action", "pulse_ms"},
	"mask_input":  {"mask input", "input", "masked"},
	"area":        {"area", "area", "armed"},
	"procedure":   {"procedure", "procedure", "abort"},
	"put_card":    {"put card", "card", "pin", "doors", "from_ns", "until_ns"},
	"delete_card": {"delete card", "card"},
}

func deedOf(serial uint64, action string, arguments []byte) (deed, error) {
	line, known := deeds[action]
	if !known {
		return deed{}, fmt.Errorf("the oracle can't judge the action %q", action)
	}
	values, err := fields(arguments)
	if err != nil {
		return deed{}, fmt.Errorf("arguments of %s: %w", action, err)
	}
	words := []string{line[0]}
	for _, field := range line[1:] {
		switch value := values[field]; value {
		case "", "false":
			words = append(words, "0")
		case "true":
			words = append(words, "1")
		default:
			words = append(words, value)
		}
	}
	return deed{serial, strings.Join(words, " ")}, nil
}

// allAsked is every command that anybody asked for: the audit's, and those sent by hand.
func allAsked(a *app, sent []Sent) ([]asked, error) {
	all := make([]asked, 0, len(a.orders)+len(sent))
	for _, o := range a.orders {
		d, err := deedOf(o.serial, o.kind, []byte(o.arguments))
		if err != nil {
			return nil, fmt.Errorf("command %s: %w", o.id, err)
		}
		outcome := o.outcome
		if o.late != "" {
			outcome = o.late
		}
		all = append(all, asked{o.id, d, outcome, o.created, o.ttl})
	}
	told := make(map[string]string, len(a.results))
	for _, r := range a.results {
		told[r.id] = r.outcome
	}
	for _, s := range sent {
		c, err := s.asked(told)
		if err != nil {
			return nil, fmt.Errorf("command %s: %w", s.Payload, err)
		}
		all = append(all, c)
	}
	return all, nil
}

// asked reads a command sent by hand. Its sender waits no longer: without a result its end is unknown, or known
// from the start when nobody heard it.
func (s Sent) asked(told map[string]string) (asked, error) {
	var payload map[string]json.RawMessage
	if err := json.Unmarshal([]byte(s.Payload), &payload); err != nil {
		return asked{}, err
	}
	c := asked{at: s.At, outcome: unknown}
	if err := json.Unmarshal(payload["id"], &c.id); err != nil {
		return asked{}, err
	}
	if ttl, said := payload["ttl_ms"]; said {
		var ms int64
		if err := json.Unmarshal(ttl, &ms); err != nil {
			return asked{}, err
		}
		c.ttl = time.Duration(ms) * time.Millisecond
	}
	if outcome, ok := told[c.id]; ok {
		c.outcome = outcome
	} else if !s.Heard {
		c.outcome = unheard
	}
	for field, value := range payload {
		if value[0] == '{' {
			d, err := deedOf(s.Serial, field, value)
			c.deed = d
			return c, err
		}
	}
	return asked{}, fmt.Errorf("no action")
}

// hostAlone tells whether a deed is one that only somebody's command can cause: the driver posts some of
// its own, for the link and the log.
func hostAlone(what string) bool {
	for _, line := range deeds {
		if strings.HasPrefix(what, line[0]+" ") {
			return true
		}
	}
	return false
}
