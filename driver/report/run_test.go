package report

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

// childVar makes the test binary play a run that ends as its value says, with the state directory
// and port as arguments.
const childVar = "REPORT_TEST_CHILD"

func TestMain(m *testing.M) {
	if end := os.Getenv(childVar); end != "" {
		os.Exit(playRun(end, os.Args[1], os.Args[2]))
	}
	goleak.VerifyTestMain(m)
}

func playRun(end, dir, portText string) int {
	port, _ := strconv.Atoi(portText)
	run, last, err := Begin(dir, port)
	if err != nil {
		fmt.Println(err)
		return 75
	}
	fmt.Printf("%s %d\n", last.Ending, last.Exit)
	die := func(signal syscall.Signal) int {
		syscall.Kill(os.Getpid(), signal)
		select {} // it comes
	}
	switch end {
	case "clean":
		run.End(0)
		return 0
	case "fails":
		run.End(1)
		return 1
	case "panics":
		panic("boom with " + password)
	case "killed":
		return die(syscall.SIGKILL)
	case "drains":
		run.Drain()
		run.End(0)
		return 0
	case "killed while it drains":
		run.Drain()
		return die(syscall.SIGTERM)
	case "panics while it drains":
		run.Drain()
		panic("boom")
	case "aborts":
		return die(syscall.SIGABRT)
	case "segfaults":
		return die(syscall.SIGSEGV)
	}
	os.Stdin.Read(make([]byte, 1)) // "waits"
	return 0
}

// play runs a child to its end.
func play(t *testing.T, end, dir string, port int) {
	t.Helper()
	err := child(end, dir, port).Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Error(err)
	}
}

func child(end, dir string, port int) *exec.Cmd {
	cmd := exec.Command(os.Args[0], dir, strconv.Itoa(port))
	cmd.Env = append(os.Environ(), childVar+"="+end)
	return cmd
}

// next begins a run and ends it again; it returns how the one before it ended.
func next(t *testing.T, dir string, port int) Last {
	t.Helper()
	run, last, err := Begin(dir, port)
	if err != nil {
		t.Fatal(err)
	}
	if err := run.End(0); err != nil {
		t.Fatal(err)
	}
	return last
}

func TestHowTheLastRunEnded(t *testing.T) {
	tests := []struct {
		end  string
		want Ending
		exit int
		text string // is in the crash's text
	}{
		{"clean", Ended, 0, ""},
		{"fails", Ended, 1, ""},
		{"killed", Killed, 0, ""},
		{"drains", Ended, 0, ""},
		{"killed while it drains", CutShort, 0, ""},
		{"panics while it drains", Crashed, 0, "panic: boom"},
		{"panics", Crashed, 0, "panic: boom"},
		{"aborts", Crashed, 0, "SIGABRT: abort"},
		{"segfaults", Crashed, 0, "SIGSEGV: segmentation violation"},
	}
	for _, test := range tests {
		t.Run(test.end, func(t *testing.T) {
			dir := t.TempDir()
			play(t, test.end, dir, 5001)
			last := next(t, dir, 5001)
			if last.Ending != test.want || last.Exit != test.exit || !strings.Contains(last.Text, test.text) {
				t.Errorf("got %+v, want %s, exit %d, text %q", last, test.want, test.exit, test.text)
			}
			if last.PID == 0 || last.Started.IsZero() {
				t.Errorf("got %+v, want a pid and a time", last)
			}
			if again := next(t, dir, 5001); again.Ending != Ended {
				t.Errorf("it is told twice: %+v", again)
			}
			if test.want != Crashed {
				return
			}
			if kept, err := os.ReadFile(last.File); err != nil || !strings.Contains(string(kept), test.text) {
				t.Errorf("%s: %v, %.100q", last.File, err, kept)
			}
		})
	}
}

func TestProcessesShareADirectory(t *testing.T) {
	dir := t.TempDir()
	var runs sync.WaitGroup
	for port := 5001; port <= 5040; port++ {
		end := "clean"
		if port%10 == 0 {
			end = "panics"
		}
		runs.Go(func() { play(t, end, dir, port) })
	}
	runs.Wait()
	for port := 5001; port <= 5040; port++ {
		want := Ended
		if port%10 == 0 {
			want = Crashed
		}
		if last := next(t, dir, port); last.Ending != want {
			t.Errorf("port %d: %+v, want %s", port, last, want)
		}
	}
	if last := next(t, dir, 5041); last.Ending != Unknown {
		t.Errorf("a port that never ran: %+v", last)
	}
}

func TestARunThatGoesOnIsLeftAlone(t *testing.T) {
	dir := t.TempDir()
	waits := child("waits", dir, 5001)
	in, err := waits.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := waits.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := waits.Start(); err != nil {
		t.Fatal(err)
	}
	defer waits.Wait()
	defer in.Close()
	if _, err := out.Read(make([]byte, 64)); err != nil { // it has begun
		t.Fatal(err)
	}
	before, _ := os.ReadFile(filepath.Join(dir, "mercury-driver-5001.run"))
	if _, _, err := Begin(dir, 5001); !errors.Is(err, ErrHeld) {
		t.Errorf("a second run on the port: %v, want ErrHeld", err)
	}
	after, _ := os.ReadFile(filepath.Join(dir, "mercury-driver-5001.run"))
	if len(before) == 0 || !bytes.Equal(before, after) {
		t.Errorf("the note was %s and is %s", before, after)
	}
}

func TestTornNoteIsARunThatWasKilled(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "mercury-driver-5001.run"), []byte(`{"pid":1`), 0o600); err != nil {
		t.Fatal(err)
	}
	if last := next(t, dir, 5001); last.Ending != Killed {
		t.Errorf("got %+v", last)
	}
}

func TestOldCrashIsNotTheNextOnes(t *testing.T) {
	dir := t.TempDir()
	play(t, "clean", dir, 5001)
	if err := os.WriteFile(filepath.Join(dir, "mercury-driver-5001.crash"), []byte("panic: old"), 0o600); err != nil {
		t.Fatal(err)
	}
	play(t, "killed", dir, 5001)
	if last := next(t, dir, 5001); last.Ending != Killed {
		t.Errorf("got %+v", last)
	}
}

func TestDirectoryThatIsNotThere(t *testing.T) {
	_, _, err := Begin(filepath.Join(t.TempDir(), "no"), 5001)
	if err == nil || !strings.Contains(err.Error(), "mercury-driver-5001.run") {
		t.Errorf("got %v, want an error with the path", err)
	}
}

// What can't be a note is refused before anything waits for it.
func TestNoteThatIsNoFile(t *testing.T) {
	for _, end := range []string{".run", ".crash", ".crash.last"} {
		for name, spoil := range map[string]func(string, uint32) error{"a directory": unix.Mkdir, "a FIFO": unix.Mkfifo} {
			t.Run(name+" for "+end, func(t *testing.T) {
				dir := t.TempDir()
				play(t, "panics", dir, 5001)
				path := filepath.Join(dir, "mercury-driver-5001"+end)
				os.Remove(path)
				if err := spoil(path, 0o700); err != nil {
					t.Fatal(err)
				}
				for _, err := range []error{Check(dir, 5001), second(Begin(dir, 5001))} {
					if !errors.Is(err, ErrNoFile) || !strings.Contains(err.Error(), path+": it is no file") {
						t.Errorf("got %v, want ErrNoFile of %s", err, path)
					}
				}
			})
		}
	}
}

func second(_ *Run, _ Last, err error) error { return err }

func TestEndingIsReported(t *testing.T) {
	tests := []struct {
		end    string
		sent   string // Sentry's message, "" for none
		logged slog.Level
	}{
		{"clean", "", slog.LevelInfo},
		{"killed", "the last run was killed without a word", slog.LevelError},
		{"killed while it drains", "", slog.LevelWarn},
		{"panics", "the last run crashed", slog.LevelError},
	}
	for _, test := range tests {
		t.Run(test.end, func(t *testing.T) {
			dir := t.TempDir()
			play(t, test.end, dir, 5001)
			s := newStandIn(t)
			var log bytes.Buffer
			r := open(t, s.options(&log))
			next(t, dir, 5001).Report(r.Log)

			if logged := lines(t, &log); len(logged) != 1 || logged[0]["level"] != test.logged.String() {
				t.Errorf("logged %v", logged)
			}
			reports := s.reports(r)
			if test.sent == "" {
				if len(reports) > 0 {
					t.Errorf("sent %+v", reports)
				}
				return
			}
			if len(reports) != 1 || reports[0].Message != test.sent {
				t.Fatalf("sent %+v, want %q", reports, test.sent)
			}
			if test.end == "panics" {
				crash := fmt.Sprint(reports[0].Contexts["log"]["crash"])
				if !strings.Contains(crash, "panic: boom with ***") || !strings.Contains(crash, "playRun") {
					t.Errorf("crash text %s", crash)
				}
				if reports[0].Exception[0].Value != "panic: boom with ***" {
					t.Errorf("exception %+v", reports[0].Exception)
				}
			}
		})
	}
}
