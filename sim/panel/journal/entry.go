package journal

import (
	"encoding/json"
	"fmt"
	"strconv"

	"mercury-driver/cvendor/scp"
	"mercury-driver/sim/panel"
)

// field is one field of a kind: its name in the contract, and where it stands in an entry.
type field struct {
	name string
	in   func(*panel.Entry) any // a pointer to the field
}

func reader(e *panel.Entry) any   { return &e.Reader }
func door(e *panel.Entry) any     { return &e.Door }
func card(e *panel.Entry) any     { return &e.Card }
func bits(e *panel.Entry) any     { return &e.Bits }
func request(e *panel.Entry) any  { return &e.Request }
func deadline(e *panel.Entry) any { return &e.Deadline }
func number(e *panel.Entry) any   { return &e.Number }
func active(e *panel.Entry) any   { return &e.Active }
func value(e *panel.Entry) any    { return &e.Value }
func percent(e *panel.Entry) any  { return &e.Percent }

var fields = map[scp.Kind][]field{
	scp.PanelBoot:           {{"cause", value}},
	scp.AccessGranted:       {{"reader", reader}, {"door", door}, {"card", card}},
	scp.AccessDenied:        {{"reader", reader}, {"door", door}, {"card", card}, {"reason", value}},
	scp.UnknownCredential:   {{"reader", reader}, {"door", door}, {"card", card}, {"bits", bits}},
	scp.Duress:              {{"reader", reader}, {"door", door}, {"card", card}},
	scp.HostDecisionRequest: {{"reader", reader}, {"door", door}, {"card", card}, {"request", request}, {"deadline_ns", deadline}},
	scp.DoorPosition:        {{"door", number}, {"open", active}},
	scp.DoorForced:          {{"door", number}, {"active", active}},
	scp.DoorHeld:            {{"door", number}, {"active", active}},
	scp.ExitRequest:         {{"door", number}},
	scp.InputChange:         {{"input", number}, {"state", value}},
	scp.OutputChange:        {{"output", number}, {"on", active}},
	scp.ModuleComm:          {{"module", number}, {"online", active}},
	scp.Tamper:              {{"module", number}, {"active", active}},
	scp.Power:               {{"source", value}, {"ok", active}},
	scp.ModeChange:          {{"door", number}, {"mode", value}},
	scp.FirmwareProgress:    {{"phase", value}, {"percent", percent}},
}

var kinds = func() map[string]scp.Kind {
	named := make(map[string]scp.Kind)
	for kind := range fields {
		named[kind.String()] = kind
	}
	return named
}()

// appendEntry adds the line of an entry.
func appendEntry(b []byte, e *panel.Entry) []byte {
	b = strconv.AppendUint(append(b, `{"epoch":`...), uint64(e.Epoch), 10)
	b = strconv.AppendUint(append(b, `,"index":`...), e.Index, 10)
	b = append(append(b, `,"kind":"`...), e.Kind.String()...)
	b = strconv.AppendInt(append(b, `","time_ns":`...), e.Time, 10)
	for _, f := range fields[e.Kind] {
		b = append(append(append(b, `,"`...), f.name...), `":`...)
		b = appendValue(b, f.in(e))
	}
	return append(b, "}\n"...)
}

func appendValue(b []byte, v any) []byte {
	switch v := v.(type) {
	case *bool:
		return strconv.AppendBool(b, *v)
	case *uint8:
		return strconv.AppendUint(b, uint64(*v), 10)
	case *uint16:
		return strconv.AppendUint(b, uint64(*v), 10)
	case *uint32:
		return strconv.AppendUint(b, uint64(*v), 10)
	case *uint64:
		return strconv.AppendUint(b, *v, 10)
	case *int32:
		return strconv.AppendInt(b, int64(*v), 10)
	case *int64:
		return strconv.AppendInt(b, *v, 10)
	}
	return b
}

// parseEntry reads a line back.
func parseEntry(line []byte) (e panel.Entry, err error) {
	var name string
	wanted := map[string]any{"epoch": &e.Epoch, "index": &e.Index, "kind": &name, "time_ns": &e.Time}
	var found map[string]json.RawMessage
	if err := json.Unmarshal(line, &found); err != nil {
		return e, err
	}
	if err := parseFields(found, wanted); err != nil {
		return e, err
	}
	kind, known := kinds[name]
	if !known {
		return e, fmt.Errorf("no such kind: %q", name)
	}
	e.Kind = kind
	clear(wanted)
	for _, f := range fields[kind] {
		wanted[f.name] = f.in(&e)
	}
	return e, parseFields(found, wanted)
}

func parseFields(found map[string]json.RawMessage, wanted map[string]any) error {
	for name, into := range wanted {
		if err := json.Unmarshal(found[name], into); err != nil {
			return fmt.Errorf("field %s: %w", name, err)
		}
	}
	return nil
}
