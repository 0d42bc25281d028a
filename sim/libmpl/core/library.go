// Package core is the simulated controller library in pure Go. It keeps to the letter of
// cvendor/include/scp_net.h, so that what works on it works on any library that keeps to it, and it is
// stricter than a real one where that finds mistakes: a caller that breaks the rules of the header, or a
// controller that reports beyond its window, is not forgiven but named. There is no package
// state: a test may run as many libraries as it likes.
//
// Two layers: Library, its channels and its links are pure state machines, stepped by Attach, Take, Tick,
// Lost, Config and GetMessage with the time that Options.Now tells. Sockets (sockets.go) is the layer of
// goroutines that steps them; a simulation steps them itself.
//
// It refuses to wait for a controller, to keep more messages than queueLimit, and to go on with a link
// whose bytes it does not understand.
package core

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"mercury-driver/cvendor/scp"
)

// Version is the library's name for people.
const Version = "simulator"

// Channels is how many channels a library has, from number 0.
const Channels = 16

// Options of a library. The zero value listens on TCP.
type Options struct {
	// MaxLinks at a time, 1 to 32,767; 0 is 10,000. A controller beyond them is closed at once.
	MaxLinks int
	// PollEvery is how often each controller is polled, 1 ms at least; 0 is 1 s.
	PollEvery time.Duration
	// Now is the clock; nil is the real one.
	Now func() time.Time
	// Open makes a channel reachable; nil is TCP on all addresses.
	Open Opener
	// Breach hears that a caller broke the header's rules about threads. The call in question then
	// fails. nil panics with the text.
	Breach func(text string)
}

// Opener makes a channel reachable for controllers on a port, until the returned Port is closed. It
// attaches none before it has returned.
type Opener func(lib *Library, channel int16, port uint32) (Port, error)

// Port is where controllers reach an open channel.
type Port interface {
	// Close ends it. It does not wait for anything.
	Close()
}

// Library is one controller library. Any goroutine may call Config, LastTag, LastHeard and Counts, within
// the rules of the header; one at a time GetMessage and Wait.
type Library struct {
	options  Options
	start    time.Time
	channels [Channels]channel
	slots    []slot  // by scp
	numbers  numbers // of slots; the thread of GetMessage
	links    atomic.Int32
	taking   atomic.Bool // a thread is in GetMessage or Wait
	counts   counts
	carriers sync.WaitGroup // goroutines of Sockets
}

// New makes a library with no open channel.
func New(options Options) *Library {
	if options.MaxLinks == 0 {
		options.MaxLinks = 10_000
	}
	if options.PollEvery == 0 {
		options.PollEvery = time.Second
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Open == nil {
		options.Open = TCP
	}
	if options.Breach == nil {
		options.Breach = func(text string) { panic(text) }
	}
	lib := &Library{options: options, start: options.Now(), slots: make([]slot, options.MaxLinks),
		numbers: newNumbers(options.MaxLinks)}
	for i := range lib.channels {
		lib.channels[i].init(lib, int16(i))
	}
	return lib
}

// Close closes all channels and waits for the goroutines of their sockets.
func (lib *Library) Close() {
	for i := range lib.channels {
		lib.channels[i].close()
	}
	lib.carriers.Wait()
}

// Config takes one command line. Its error says why the line was not accepted. It never waits for a
// controller. Calls for different controllers may overlap, two for one never.
func (lib *Library) Config(line string) error {
	command, err := scp.ParseCommand(line)
	if err != nil {
		return err
	}
	switch action := command.Action.(type) {
	case scp.OpenChannel:
		return lib.open(command.Target, action.Port)
	case scp.CloseChannel:
		return lib.close(command.Target)
	default:
		return lib.post(command, line)
	}
}

func (lib *Library) open(number int16, port uint32) error {
	c := lib.channel(number)
	if c == nil {
		return fmt.Errorf("no channel %d: they are 0 to %d", number, Channels-1)
	}
	return c.open(port)
}

func (lib *Library) close(number int16) error {
	if c := lib.channel(number); c == nil || !c.close() {
		return fmt.Errorf("channel %d is not open", number)
	}
	return nil
}

func (lib *Library) channel(number int16) *channel {
	if number < 0 || number >= Channels {
		return nil
	}
	return &lib.channels[number]
}

// elapsed is the library's age, on the monotonic clock.
func (lib *Library) elapsed() time.Duration { return lib.options.Now().Sub(lib.start) }

func (lib *Library) breach(format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	lib.options.Breach(text)
	return errors.New(text)
}
