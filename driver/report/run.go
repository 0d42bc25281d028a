package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"golang.org/x/sys/unix"
)

// ErrHeld means that another process is running on the same port.
var ErrHeld = errors.New("another driver for this port holds it: end that one, or set another STATE_DIR")

// Run is this process's note in the state directory: mercury-driver-PORT.run says since when it runs
// and, at last, how it ended. Go's runtime writes the text of a crash, its own or C's, into
// mercury-driver-PORT.crash. Processes on different ports share a directory. nil keeps no notes.
type Run struct {
	file *os.File // locked as long as the process lives
	note note
}

// note is what a .run file holds.
type note struct {
	PID     int       `json:"pid"`
	Started time.Time `json:"started"`
	// Draining says that it was asked to end, and has begun to.
	Draining bool `json:"draining,omitempty"`
	// Exit is the code of a run that ended by itself; nil as long as it runs.
	Exit *int `json:"exit"`
}

func baseOf(dir string, port int) string {
	return filepath.Join(dir, fmt.Sprintf("mercury-driver-%d", port))
}

// Begin notes that a process runs on port, and returns how the last one there ended. From here on a
// crash of this process is caught in a file; there can be one Run in a process. Errors: ErrHeld, those
// of Check, and whatever keeps the directory from being written.
func Begin(dir string, port int) (*Run, Last, error) {
	if err := Check(dir, port); err != nil {
		return nil, Last{}, err
	}
	base := baseOf(dir, port)
	run, last, err := begin(base)
	if err != nil {
		return nil, Last{}, fmt.Errorf("note this run in %s.run: %w", base, err)
	}
	return run, last, nil
}

func begin(base string) (run *Run, last Last, err error) {
	file, err := os.OpenFile(base+".run", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, last, err
	}
	defer func() {
		if err != nil {
			file.Close()
		}
	}()
	if err = lock(file); err != nil {
		return nil, last, err
	}
	if last, err = readLast(file, base); err != nil {
		return nil, last, err
	}
	if err = catchCrash(base + ".crash"); err != nil {
		return nil, last, err
	}
	run = &Run{file: file, note: note{PID: os.Getpid(), Started: time.Now().Round(0)}}
	return run, last, run.write()
}

// lock keeps the file for this process until it closes it or dies.
func lock(file *os.File) error {
	err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return ErrHeld
	}
	return os.NewSyscallError("flock", err)
}

// Drain notes that the process was asked to end, and has begun to.
func (r *Run) Drain() error {
	if r == nil {
		return nil
	}
	r.note.Draining = true
	return r.write()
}

// End notes that the process ends by itself, with this exit code, and stops to wait for a crash.
func (r *Run) End(exit int) error {
	if r == nil {
		return nil
	}
	r.note.Exit = &exit
	return errors.Join(r.write(), debug.SetCrashOutput(nil, debug.CrashOptions{}), r.file.Close())
}

// write replaces what the .run file holds; the file stays, and with it the lock.
func (r *Run) write() error {
	text, err := json.Marshal(r.note)
	if err != nil {
		return err
	}
	if err := r.file.Truncate(0); err != nil {
		return err
	}
	_, err = r.file.WriteAt(text, 0)
	return err
}

// catchCrash has the runtime write a crash of this process into an empty file.
func catchCrash(path string) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer file.Close() // the runtime keeps a descriptor of its own
	return debug.SetCrashOutput(file, debug.CrashOptions{})
}

// readLast reads how the run before this one ended. The text of a crash moves to .crash.last, where it
// stays until the next crash.
func readLast(file io.Reader, base string) (Last, error) {
	text, err := io.ReadAll(io.LimitReader(file, 4<<10))
	if err != nil || len(text) == 0 {
		return Last{}, err
	}
	var n note
	if err := json.Unmarshal(text, &n); err != nil {
		n = note{} // it was killed while it wrote
	}
	last := Last{Ending: Killed, PID: n.PID, Started: n.Started}
	switch {
	case n.Exit != nil:
		last.Ending, last.Exit = Ended, *n.Exit
		return last, nil
	case n.Draining:
		last.Ending = CutShort
	}
	return last, last.readCrash(base)
}
