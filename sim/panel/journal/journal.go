// Package journal keeps what a panel did in files, so that a panel survives its process, and so that
// tests can compare what really happened with what arrived at the other end. It has three files
// for each panel, named by the decimal serial, of one JSON object a line:
//
// <serial>.log: every transaction, from the first to the last, those that the panel itself has
// overwritten or erased included, in the order in which they were logged:
//
//	{"epoch":1,"index":7,"kind":"access_denied","time_ns":1772452800000000000,"reader":2,"door":2,"card":1002,"reason":1}
//
// epoch and index name the transaction; kind is that of scp.Kind; time_ns is the panel's clock. The
// fields after it are those of the kind's message in the contract (mercury/driver/v1/event.proto) by
// name, all of them, enums as their numbers.
//
// <serial>.commands: every command that the panel got from its host, in the order of execution:
//
//	{"time_ns":1772452800000000000,"tag":3,"kind":"unlock","arguments":"2","result":"nak","reason":"busy"}
//
// time_ns is the time of the process, not the panel's clock; tag the library's; kind is that of scp.Name;
// arguments are the words of the command line after the controller (cvendor/include/scp_net.h),
// with 0 in place of a PIN; result is ok, nak or failed; reason says why, and is there only for nak.
//
// <serial>.state: the panel's own memory, with PINs in it: the commands that made the settings which
// survive a loss of power, each with its time and log epoch.
//
// The order is the promise: an entry is in the file before anybody is told of it. Flush writes, and
// returns when the kernel has it, so killing the process loses nothing that was told; nothing is synced
// for the case that the machine dies. A last line without its end is what a killed process was writing:
// Load cuts it off. Files that are broken elsewhere are refused, never repaired.
package journal

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"mercury-driver/cvendor/scp"
	"mercury-driver/sim/panel"
)

// Journal records one panel (panel.Recorder). It holds no file open: ten thousand panels need their
// descriptors for links. It is used by one goroutine at a time, the one that has the panel.
type Journal struct {
	stem                     string // path of the files, without their ending
	entries, commands, state []byte // not written yet
}

// New is the journal of the panel with that serial in a directory, which must exist.
func New(dir string, serial uint64) *Journal {
	return &Journal{stem: filepath.Join(dir, strconv.FormatUint(serial, 10))}
}

// Logged takes an entry.
func (j *Journal) Logged(e panel.Entry) { j.entries = appendEntry(j.entries, &e) }

// command is a line of <serial>.commands.
type command struct {
	Time      int64  `json:"time_ns"`
	Tag       uint32 `json:"tag"`
	Kind      string `json:"kind"`
	Arguments string `json:"arguments"`
	Result    string `json:"result"`
	Reason    string `json:"reason,omitempty"`
}

var results = map[scp.Result]string{scp.ReplyOK: "ok", scp.ReplyNAK: "nak", scp.ReplyFailed: "failed"}

// Executed takes a command.
func (j *Journal) Executed(x panel.Execution) {
	words := strings.SplitN(x.Command.String(), " ", 3)
	c := command{Time: x.At.UnixNano(), Tag: x.Tag, Kind: scp.Name(x.Command.Action), Result: results[x.Result]}
	if len(words) == 3 {
		c.Arguments = words[2]
	}
	if x.Result == scp.ReplyNAK {
		c.Reason = x.NAK.String()
	}
	j.commands = appendLine(j.commands, c)
}

// memory is a line of <serial>.state.
type memory struct {
	Time  int64  `json:"time_ns"`
	Epoch uint32 `json:"epoch"`
	Line  string `json:"line"`
}

// Remember takes a setting.
func (j *Journal) Remember(m panel.Memory) {
	line := scp.Command{Action: m.Action}.AppendLine(nil)
	j.state = appendLine(j.state, memory{m.At.UnixNano(), m.Epoch, string(line)})
}

// appendLine adds v, which can always be written as JSON.
func appendLine(b []byte, v any) []byte {
	line, _ := json.Marshal(v)
	return append(append(b, line...), '\n')
}

// Flush writes what was recorded since the last time. After an error the files can't be trusted to go on:
// the panel must tell nobody anything any more.
func (j *Journal) Flush() error {
	for _, file := range []struct {
		ending string
		lines  *[]byte
	}{{".log", &j.entries}, {".state", &j.state}, {".commands", &j.commands}} {
		if len(*file.lines) == 0 {
			continue
		}
		if err := add(j.stem+file.ending, *file.lines); err != nil {
			return fmt.Errorf("keep the journal of a panel: %w", err)
		}
		*file.lines = nil
	}
	return nil
}

func add(path string, lines []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(lines)
	if closing := f.Close(); err == nil {
		err = closing
	}
	return err
}
