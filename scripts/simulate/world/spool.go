package world

import (
	"context"
	"os"
	"time"

	"mercury-driver/driver/controller"
	"mercury-driver/driver/encoded"
	"mercury-driver/driver/spool"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// spooler steps the spool of a driver, which is on a real disk: what is killed with its process is what was not
// written yet.
type spooler struct {
	*spool.Spool
	driver *driver
	dir    string
	wake   alarm
	doomed bool // its process dies with what was handed on and not acknowledged
}

// spoolLook is how often the spool looks after the stream.
const spoolLook = 100 * time.Millisecond

// openSpool opens the spool of a port as the process before left it; nil where this world has none.
func (d *driver) openSpool() *spooler {
	w := d.world
	if w.settings.spoolBytes == 0 {
		return nil
	}
	s := &spooler{driver: d}
	s.wake = alarm{host: d.host, what: "spool", do: s.step}
	s.dir = w.spoolDir(d.port)
	var err error
	s.Spool, err = spool.Open(s.dir, d.port, w.settings.spoolBytes, d.outbox, s, w.logger(d.instance))
	if err != nil {
		w.oracle.Fault("%s: %v", d.instance, err)
		return nil
	}
	w.each(spoolLook, d.host, "spool", s.step)
	return s
}

func (s *spooler) step() {
	d := s.driver
	if err := s.Step(d.host.now()); err != nil {
		d.world.oracle.Fault("%s: %v", d.instance, err)
	}
	if s.doomed && s.handsOn() {
		s.doomed = false
		d.die()
	}
	d.stepped()
}

// Offer implements controller.Sink.
func (s *spooler) Offer(ev encoded.Event) bool {
	s.wake.soon()
	return s.Spool.Offer(ev)
}

// Spooled implements spool.Sessions.
func (s *spooler) Spooled(now time.Time, positions []*pb.LogPosition) {
	d := s.driver
	if d.host.up {
		d.world.oracle.Spooled(positions)
	}
	d.table.Spooled(now, positions)
}

// kill leaves the file to the next process as it is now.
func (s *spooler) kill() {
	w := s.driver.world
	next := w.tempDir()
	if err := os.CopyFS(next, os.DirFS(s.dir)); err != nil {
		w.oracle.Fault("copy spool: %v", err)
	}
	w.spools[s.driver.port] = next
	s.close()
}

// close lets go of the file. What it still writes there nobody reads.
func (s *spooler) close() {
	over, cancel := context.WithCancel(context.Background())
	cancel()
	_ = s.Run(over)
	_ = os.RemoveAll(s.dir)
}

// spoolDir is where the spool of a port is now.
func (w *World) spoolDir(port int) string {
	if w.spools[port] == "" {
		w.spools[port] = w.tempDir()
	}
	return w.spools[port]
}

func (w *World) tempDir() string {
	dir, err := os.MkdirTemp("", "mercury-simulate-")
	if err != nil {
		w.oracle.Fault("%v", err)
	}
	return dir
}

// end lets go of all files.
func (w *World) end() {
	for _, d := range w.drivers {
		if d.spool != nil && d.host.up {
			d.spool.close()
		}
	}
	for _, dir := range w.spools {
		_ = os.RemoveAll(dir)
	}
}

// spooled lets both hear what the vendor app has stored: the spool, and the sessions.
type spooled struct {
	*controller.Table
	spool *spooler
}

func (s spooled) Acked(now time.Time, positions []*pb.LogPosition) {
	s.spool.Acked()
	s.spool.wake.soon()
	s.Table.Acked(now, positions)
}
