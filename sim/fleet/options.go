package fleet

import (
	"fmt"
	"log/slog"
	"math"
	"net"
	"strconv"
	"strings"

	"mercury-driver/sim/certs"
	"mercury-driver/sim/fleet/fault"
	"mercury-driver/sim/panel"
)

// MaxPanels is as many controllers as a library has numbers for. Both ends of so many links need more descriptors than
// the 20,000 that systems allow a process: where a library is in the same one, a few hundred fewer fit.
const MaxPanels = 10_000

// Options say what fleet to make. Their names are those of the command's flags.
type Options struct {
	Connect      []string // addresses, host:port; each dial takes one by chance
	Panels       int      // 1 to MaxPanels
	FirstSerial  uint64   // serials count up from here
	Seed         uint64
	LogDir       string       // for journals; "": none, and a fleet starts anew each time
	LogCapacity  int          // transactions that a panel holds; 0: panel.DefaultLogCapacity
	Scenario     string       // one of Scenarios
	Transactions int          // to raise in all, evenly spread; 0: without end
	Rate         float64      // transactions a second in all, about; 0: as the scenario has it
	Faults       []fault.Spec // their times count from Start
	// Recorder hears what the panel with that serial does; nil: nobody. Not together with LogDir, whose journals are told.
	Recorder func(serial uint64) panel.Recorder
	// Log says once when an address can not be reached any more, and when it can again, and which faults are
	// planned, started and stopped; nil: nothing.
	Log *slog.Logger
	// Dial connects; nil is TCP.
	Dial certs.DialFunc
	// TLS encrypts what Dial connects; nil is plain text.
	TLS *certs.Store
}

// OptionError is an option that makes no sense.
type OptionError struct {
	Option string // as the flag is called: "first-serial"
	Text   string
}

func (e *OptionError) Error() string { return e.Option + ": " + e.Text }

func (o *Options) check() error {
	script, known := scenarios[o.Scenario]
	for _, rule := range []struct {
		ok           bool
		option, text string
	}{
		{len(o.Connect) > 0, "connect", "no address to connect to"},
		{o.Panels >= 1 && o.Panels <= MaxPanels, "panels", fmt.Sprintf("%d is not 1 to %d", o.Panels, MaxPanels)},
		{o.FirstSerial >= 1 && o.FirstSerial <= math.MaxInt64-MaxPanels, "first-serial",
			fmt.Sprintf("%d is not 1 to %d", o.FirstSerial, math.MaxInt64-MaxPanels)},
		{o.LogDir == "" || o.Recorder == nil, "log-dir", "what the panels do is recorded elsewhere"},
		{o.LogCapacity >= 0, "log-capacity", "less than none"},
		{known, "scenario", fmt.Sprintf("%q is none of %s", o.Scenario, strings.Join(Scenarios(), ", "))},
		{o.Transactions >= 0, "transactions", "less than none"},
		{o.Transactions == 0 || len(script.visits) > 0, "transactions", "this scenario raises none"},
		{o.Transactions == 0 || o.Transactions >= o.Panels, "transactions", "fewer than there are panels"},
		{o.Rate >= 0 && o.Rate <= 1e6, "rate", "not 0 to 1,000,000"},
	} {
		if !rule.ok {
			return &OptionError{rule.option, rule.text}
		}
	}
	for _, address := range o.Connect {
		if !isRemote(address) {
			return &OptionError{"connect", fmt.Sprintf("%q is not host:port, with a port from 1 to 65535", address)}
		}
	}
	return nil
}

// isRemote tells whether an address can be dialled.
func isRemote(address string) bool {
	host, text, err := net.SplitHostPort(address)
	if err != nil || host == "" {
		return false
	}
	port, err := strconv.ParseUint(text, 10, 16)
	return err == nil && port > 0
}
