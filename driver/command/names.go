package command

import (
	"strconv"
	"strings"
)

// names says what belongs to a controller in Redis: before + decimal serial + after.
type names struct{ before, after string }

func (n names) of(serial uint64) string {
	return n.before + strconv.FormatUint(serial, 10) + n.after
}

func (n names) all(serials []uint64) []string {
	all := make([]string, len(serials))
	for i, serial := range serials {
		all[i] = n.of(serial)
	}
	return all
}

// serial is the controller that a name of ours belongs to.
func (n names) serial(name string) (serial uint64, ours bool) {
	rest, begins := strings.CutPrefix(name, n.before)
	decimal, ends := strings.CutSuffix(rest, n.after)
	serial, err := strconv.ParseUint(decimal, 10, 64)
	return serial, begins && ends && err == nil
}
