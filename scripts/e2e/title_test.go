package e2e

import (
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
)

// title is what ps shows of a driver.
type title struct {
	port, sequences int
	serials         []uint64
}

var titleForm = regexp.MustCompile(`^mercury-driver v\S+ port: (\d+) sequences: (\d+) controllers:((?: \d+,)*(?: \d+)?)$`)

// title asks ps.
func (d *driver) title() (title, error) {
	line, err := d.psLine()
	if err != nil {
		return title{}, err
	}
	return parseTitle(line)
}

// psLine is what ps shows of the driver.
func (d *driver) psLine() (string, error) {
	out, err := exec.Command("ps", "-ww", "-o", "args=", "-p", strconv.Itoa(d.pid())).Output()
	if err != nil {
		return "", fmt.Errorf("ps: %w", err)
	}
	return strings.TrimRight(string(out), "\n"), nil
}

func parseTitle(text string) (t title, err error) {
	parts := titleForm.FindStringSubmatch(text)
	if parts == nil {
		return t, fmt.Errorf("no title: %.200q", text)
	}
	t.port, _ = strconv.Atoi(parts[1])
	t.sequences, _ = strconv.Atoi(parts[2])
	for _, word := range strings.Fields(strings.ReplaceAll(parts[3], ",", " ")) {
		serial, err := strconv.ParseUint(word, 10, 64)
		if err != nil {
			return t, err
		}
		t.serials = append(t.serials, serial)
	}
	return t, nil
}

// shows fails unless ps shows that this driver rests, and has these controllers.
func (d *driver) shows(serials []uint64) error {
	t, err := d.title()
	if err != nil {
		return err
	}
	if got, want := fmt.Sprint(t), fmt.Sprint(title{d.port, 0, serials}); got != want {
		return fmt.Errorf("ps shows of driver %d (port, sequences, controllers) %s, the app has %s", d.port, got, want)
	}
	return nil
}
