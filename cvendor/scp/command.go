package scp

import (
	"strconv"
	"strings"
)

// MaxLine is the most bytes a command line may have.
const MaxLine = 255

// Command is an action and the controller, or for OpenChannel and CloseChannel the channel, that it
// is for.
type Command struct {
	Target int16
	Action Action
}

// Action is what to do. Each kind is a type of its own in a file of its own, and one row of actions.
type Action interface {
	// Number is the first word of the line.
	Number() int
	// appendArgs appends the words after the target, each with a blank before it.
	appendArgs(line []byte) []byte
}

// action is a row of the table of commands: how the words after the target are read.
type action struct {
	name  string
	parse func(w *words) Action
}

var actions = map[int]action{
	309:  {"mask forced", parseMaskForced},
	310:  {"mask held", parseMaskHeld},
	311:  {"unlock", parseUnlock},
	9001: {"open channel", parseOpenChannel},
	9002: {"close channel", func(*words) Action { return CloseChannel{} }},
	9003: {"accept", func(*words) Action { return Accept{} }},
	9004: {"refuse", func(*words) Action { return Refuse{} }},
	9010: {"door mode", parseDoorMode},
	9011: {"output", parseOutput},
	9012: {"mask input", parseMaskInput},
	9013: {"area", parseArea},
	9014: {"procedure", parseProcedure},
	9015: {"set time", parseSetTime},
	9016: {"put card", parsePutCard},
	9017: {"delete card", parseDeleteCard},
	9018: {"host decision", parseHostDecision},
	9020: {"acknowledge log", parseLogAcknowledge},
	9021: {"rewind log", parseLogRewind},
	9022: {"report log", parseLogReport},
	9023: {"pause log", func(*words) Action { return LogPause{} }},
	9024: {"resume log", func(*words) Action { return LogResume{} }},
	9030: {"status", func(*words) Action { return Status{} }},
	9031: {"reset", parseReset},
	9032: {"firmware", parseFirmware},
	9033: {"detach", func(*words) Action { return Detach{} }},
}

// Name is what people call an action: "unlock".
func Name(a Action) string { return actions[a.Number()].name }

// AppendLine appends the command as the library takes it, without an end.
func (c Command) AppendLine(line []byte) []byte {
	line = strconv.AppendInt(line, int64(c.Action.Number()), 10)
	line = append(line, ' ')
	line = strconv.AppendInt(line, int64(c.Target), 10)
	return c.Action.appendArgs(line)
}

// String is the command's line, with the PIN of a card left out.
func (c Command) String() string {
	if put, ok := c.Action.(PutCard); ok {
		put.PIN = 0
		c.Action = put
	}
	return string(c.AppendLine(nil))
}

// ParseCommand reads a line back. Its error is an *Error with code Malformed that never quotes
// the line.
func ParseCommand(line string) (Command, error) {
	if len(line) > MaxLine {
		return Command{}, malformed("a line of more than 255 bytes")
	}
	w := &words{rest: strings.Split(line, " ")}
	number := w.integer(1, 1<<15)
	row, known := actions[int(number)]
	if !known {
		return Command{}, malformed("no such command number")
	}
	c := Command{Target: int16(w.integer(0, 1<<15-1))}
	c.Action = row.parse(w)
	if w.bad != "" || len(w.rest) != 0 {
		return Command{}, malformed(row.name + ": " + w.fault())
	}
	return c, nil
}

func malformed(text string) error {
	return &Error{Op: "read command line", Code: Malformed, Text: text}
}
