package report

import (
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"time"
)

// Ending is how a run ended.
type Ending string

const (
	// Unknown: there was none, as far as the state directory knows.
	Unknown Ending = ""
	// Ended: by itself, with an exit code. Whatever was wrong, it said so itself.
	Ended Ending = "ended"
	// Crashed: Go's runtime noticed a panic, or a fatal signal in C, and left its text.
	Crashed Ending = "crashed"
	// Killed: without a word, as by kill -9, the out-of-memory killer or a power cut; also when the C
	// library called exit, or crashed in a thread of its own making, of which Go learns nothing.
	Killed Ending = "killed"
	// CutShort: as Killed, but while it drained: mostly by a second signal, or a supervisor that had waited long enough.
	CutShort Ending = "cut short"
)

// Last is how the run before this one ended.
type Last struct {
	Ending  Ending
	PID     int
	Started time.Time
	Exit    int // when Ended
	// Text is what a crash left, its first 16 KiB; File has all of it.
	Text, File string
}

// Report logs the ending: one that nobody wished or reported yet as an error, and so to Sentry too.
func (l Last) Report(log *slog.Logger) {
	log = log.With("last_pid", l.PID, "last_started", l.Started)
	switch l.Ending {
	case Ended:
		log.Info("the last run ended by itself", "exit", l.Exit)
	case Crashed:
		headline, _, _ := strings.Cut(l.Text, "\n")
		log.Error("the last run crashed", Err, headline, "crash", l.Text, "file", l.File)
	case CutShort:
		log.Warn("the last run was ended while it drained")
	case Killed:
		log.Error("the last run was killed without a word")
	}
}

// readCrash makes it Crashed where there is a text, and puts the file aside.
func (l *Last) readCrash(base string) error {
	file, err := os.Open(base + ".crash")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, textMost))
	if err != nil || len(text) == 0 {
		return err
	}
	l.Ending, l.Text, l.File = Crashed, string(text), base+".crash.last"
	return os.Rename(base+".crash", l.File)
}
