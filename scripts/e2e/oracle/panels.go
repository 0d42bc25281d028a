package oracle

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// name names a transaction for ever.
type name struct {
	serial uint64
	epoch  uint32
	index  uint64
}

func (n name) String() string {
	return fmt.Sprintf("controller %d, log epoch %d, index %d", n.serial, n.epoch, n.index)
}

// precedes tells whether n was logged before other, by the same panel.
func (n name) precedes(other name) bool {
	return n.epoch < other.epoch || n.epoch == other.epoch && n.index < other.index
}

// transaction is an entry of a log, as either end wrote it down.
type transaction struct {
	name
	kind   string
	timeNS int64
	body   string // the kind's own fields, put in words
}

// execution is a command that a panel got.
type execution struct {
	deed
	result string // ok, nak, failed
	at     time.Time
}

type panels struct {
	entries    []transaction
	executions []execution
}

// readPanels reads the journals of all panels.
func readPanels(dir string) (*panels, error) {
	p := &panels{}
	logs, err := filepath.Glob(filepath.Join(dir, "*.log"))
	if err != nil || len(logs) == 0 {
		return nil, fmt.Errorf("no logs in %s (%v)", dir, err)
	}
	for _, path := range logs {
		stem := strings.TrimSuffix(path, ".log")
		serial, err := strconv.ParseUint(filepath.Base(stem), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if err := eachLine(path, func(line []byte) error { return p.addEntry(serial, line) }); err != nil {
			return nil, err
		}
		err = eachLine(stem+".commands", func(line []byte) error { return p.addExecution(serial, line) })
		if err != nil && !os.IsNotExist(err) {
			return nil, err
		}
	}
	return p, nil
}

func (p *panels) addEntry(serial uint64, line []byte) error {
	var head struct {
		Epoch  uint32 `json:"epoch"`
		Index  uint64 `json:"index"`
		Kind   string `json:"kind"`
		TimeNS int64  `json:"time_ns"`
	}
	if err := json.Unmarshal(line, &head); err != nil {
		return err
	}
	body, err := fields(line)
	if err != nil {
		return err
	}
	for _, common := range []string{"epoch", "index", "kind", "time_ns"} {
		delete(body, common)
	}
	p.entries = append(p.entries, transaction{name{serial, head.Epoch, head.Index}, head.Kind, head.TimeNS, inWords(body)})
	return nil
}

func (p *panels) addExecution(serial uint64, line []byte) error {
	var c struct {
		TimeNS                  int64 `json:"time_ns"`
		Kind, Arguments, Result string
	}
	if err := json.Unmarshal(line, &c); err != nil {
		return err
	}
	what := strings.TrimSpace(c.Kind + " " + c.Arguments)
	p.executions = append(p.executions, execution{deed{serial, what}, c.Result, time.Unix(0, c.TimeNS)})
	return nil
}

func eachLine(path string, take func(line []byte) error) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		if err := take(lines.Bytes()); err != nil {
			return fmt.Errorf("%s:%d: %w", path, n, err)
		}
	}
	return lines.Err()
}
