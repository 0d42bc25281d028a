// Package world is the whole system in memory: driver processes, the vendor app, Redis and panels, on fake time,
// stepped by one thread. It runs the code that the programs run: sessions, uplink, what is heard and claimed, the
// app's desk, the simulated library and panels. It stands in for what carries their bytes, and does to those
// what networks, processes, clocks and people do. All chance comes from one seed, so a seed tells the same story
// each time, step by step.
//
// An oracle watches every boundary. A run is a time of faults, then a calm in which everything has to settle.
//
// It refuses goroutines, the clock of the machine, and any switch in the code that it runs: what a test plants to
// see the oracle find it, it plants behind an interface (seams.go).
package world

import (
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"time"

	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"

	"mercury-driver/scripts/simulate/oracle"
)

// World is one run.
type World struct {
	rand     *rand.Rand
	now      time.Duration // true time since the beginning
	schedule schedule
	turn     uint64
	steps    uint64
	trail    uint64    // a digest of all steps
	trace    io.Writer // nil: nobody reads along

	settings settings
	seams    seams
	mood     mood
	oracle   *oracle.Oracle

	machines map[string]*machine
	drivers  []*driver          // as they are now, by port
	started  map[string]*driver // all there ever were, by instance
	app      *app
	redis    *redis
	database *database
	sites    []*site

	links       []*link
	streams     []*conn
	subscribers []*conn
	copies      []*rows        // of the database
	spools      map[int]string // where the spool of a port is

	starts, wishes, deeds int
}

// New makes the world of a seed. Its steps are written to trace, unless that is nil.
func New(seed uint64, trace io.Writer) *World { return build(seed, trace, noSeams) }

func build(seed uint64, trace io.Writer, s seams) *World {
	w := &World{rand: rand.New(rand.NewPCG(seed, seed)), trace: trace, seams: s}
	w.oracle = oracle.New(w)
	w.settings = w.draw()
	w.mood = w.usual()
	w.spools, w.started = map[int]string{}, map[string]*driver{}
	w.machines = map[string]*machine{"app": w.newMachine(), "redis": w.newMachine()}
	w.database = &database{world: w, rows: newRows(began)}
	w.startRedis(map[string]key{})
	w.startApp()
	w.drivers = make([]*driver, w.settings.drivers)
	for port := range w.drivers {
		w.machines[fmt.Sprint("driver", port)] = w.newMachine()
		w.startDriver(port)
	}
	for n := range w.settings.panels {
		w.sites = append(w.sites, w.newSite(uint64(61364+n)))
	}
	return w
}

func (w *World) newMachine() *machine {
	return &machine{off: w.between(-time.Second, time.Second), past: w.upTo(time.Hour)}
}

// Run lives through the whole story. The error says what is wrong.
func (w *World) Run() error {
	defer w.end()
	w.chaos()
	w.calm()
	if faults := w.oracle.Faults(); len(faults) > 0 {
		return &Failure{w.now, w.steps, faults}
	}
	return nil
}

// Steps is how many steps the run took.
func (w *World) Steps() uint64 { return w.steps }

// Trail is a digest of all steps up to now: the same seed has the same one.
func (w *World) Trail() uint64 { return w.trail }

// Failure is a promise that was broken.
type Failure struct {
	At     time.Duration // since the beginning
	Step   uint64
	Faults []string
}

func (f *Failure) Error() string {
	return fmt.Sprintf("after %v, step %d: %s", f.At, f.Step, f.Faults[0])
}

// until lets the world go on up to a moment; false: something is wrong.
func (w *World) until(end time.Duration) bool {
	for len(w.oracle.Faults()) == 0 {
		if w.schedule[0].at > end {
			w.now = end
			return true
		}
		w.step()
	}
	return false
}

// note writes a step down.
func (w *World) note(e *event) {
	for _, b := range []byte(e.what) {
		w.trail = (w.trail ^ uint64(b)) * 0x100000001b3
	}
	w.trail = (w.trail ^ uint64(e.at)) * 0x100000001b3
	if w.trace == nil {
		return
	}
	name := ""
	if e.host != nil {
		name = e.host.name
	}
	w.tell(name, e.what)
}

func (w *World) tell(who, what string) {
	if w.trace != nil {
		fmt.Fprintf(w.trace, "%12.6f %-6s %s\n", w.now.Seconds(), who, what)
	}
}

// tellMessage writes down what goes over a stream.
func (w *World) tellMessage(h *host, does string, m proto.Message) {
	if w.trace != nil {
		w.tell(h.name, "  "+does+" "+prototext.MarshalOptions{}.Format(m))
	}
}

// logger hands the log of a process to the trace.
func (w *World) logger(name string) *slog.Logger {
	if w.trace == nil {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(logWriter{w, name}, &slog.HandlerOptions{Level: slog.LevelDebug,
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			switch a.Key {
			case slog.TimeKey:
				return slog.Attr{}
			case "file": // its folder is another one each time
				return slog.String(a.Key, filepath.Base(a.Value.String()))
			}
			return a
		}}))
}

type logWriter struct {
	world *World
	name  string
}

func (l logWriter) Write(p []byte) (int, error) {
	l.world.tell(l.name, "  log "+string(p[:len(p)-1]))
	return len(p), nil
}

// Now implements oracle.World.
func (w *World) Now() time.Duration { return w.now }

// Holds implements oracle.World.
func (w *World) Holds(serial uint64) (epoch uint32, oldest, newest uint64) {
	id := w.site(serial).panel.Identity()
	return id.LogEpoch, id.Oldest, id.Newest
}

// Stood implements oracle.World.
func (w *World) Stood(instance string, from, until time.Duration) time.Duration {
	return w.started[instance].host.stood(from, until)
}

// Lives implements oracle.World.
func (w *World) Lives(instance string) bool { return w.started[instance].host.up }

// Spools implements oracle.World.
func (w *World) Spools() bool { return w.settings.spoolBytes > 0 }

func (w *World) site(serial uint64) *site { return w.sites[serial-firstSerial] }

const firstSerial = 61364

// hosts are the processes as they are now.
func (w *World) hosts() []*host {
	hosts := []*host{w.app.host, w.redis.host}
	for _, d := range w.drivers {
		hosts = append(hosts, d.host)
	}
	return hosts
}
