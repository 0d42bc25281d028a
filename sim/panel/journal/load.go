package journal

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"mercury-driver/cvendor/scp"
	"mercury-driver/sim/panel"
)

// Load gives a panel, before its Start, what the files say. Files that are not there yet say nothing.
func (j *Journal) Load(p *panel.Panel) error {
	err := eachLine(j.stem+".log", func(line []byte) error {
		e, err := parseEntry(line)
		if err != nil {
			return err
		}
		return p.Reload(e)
	})
	if err != nil {
		return err
	}
	err = eachLine(j.stem+".state", func(line []byte) error {
		m, err := parseMemory(line)
		if err != nil {
			return err
		}
		return p.Recall(m)
	})
	if err != nil {
		return err
	}
	return eachLine(j.stem+".commands", func([]byte) error { return nil })
}

func parseMemory(line []byte) (panel.Memory, error) {
	var m memory
	if err := json.Unmarshal(line, &m); err != nil {
		return panel.Memory{}, err
	}
	c, err := scp.ParseCommand(m.Line)
	return panel.Memory{At: time.Unix(0, m.Time), Epoch: m.Epoch, Action: c.Action}, err
}

// eachLine calls take for each line of a file, and cuts off a last one that has no end.
func eachLine(path string, take func(line []byte) error) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the journal of a panel: %w", err)
	}
	defer f.Close()
	lines := bufio.NewReader(f)
	var whole int64 // bytes of whole lines
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		switch {
		case err == io.EOF && len(line) > 0:
			return f.Truncate(whole)
		case err == io.EOF:
			return nil
		case err != nil:
			return fmt.Errorf("read the journal of a panel: %w", err)
		}
		if err := take(line); err != nil {
			return fmt.Errorf("%s:%d is broken, move the panel's files away to begin anew: %w", path, n, err)
		}
		whole += int64(len(line))
	}
}
