package title

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// childVar makes the test binary play a process with a title; its value says how it gets one.
const childVar = "TITLE_TEST_CHILD"

func TestMain(m *testing.M) {
	switch os.Getenv(childVar) {
	case "":
		os.Exit(m.Run())
	case "argv":
		move = func() (*Title, error) { return nil, unix.EPERM }
	}
	if err := runChild(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// runChild prints what it knows of itself, and then sets each title that it reads, one a line.
func runChild(in io.Reader, out io.Writer) error {
	title, err := New()
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d %q %q\n", os.Getpid(), os.Args[1:], os.Environ())
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return nil // the test is over
		}
		title.Set(strings.TrimSuffix(line, "\n"))
		fmt.Fprintln(out, "set")
	}
}

// child is a process that runs runChild.
type child struct {
	t    *testing.T
	pid  int
	in   io.Writer
	out  *bufio.Reader
	self string // the line that it printed of itself
}

func start(t *testing.T, way string, env, args []string) *child {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(env, childVar+"="+way)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("child: %v", err)
		}
	})
	c := &child{t: t, pid: cmd.Process.Pid, in: in, out: bufio.NewReader(out)}
	c.self = c.line()
	return c
}

func (c *child) line() string {
	c.t.Helper()
	line, err := c.out.ReadString('\n')
	if err != nil {
		c.t.Fatalf("child ended: %v", err)
	}
	return strings.TrimSuffix(line, "\n")
}

func (c *child) set(title string) {
	c.t.Helper()
	if _, err := fmt.Fprintln(c.in, title); err != nil {
		c.t.Fatal(err)
	}
	c.line()
}

// ps returns one column of ps for the child.
func (c *child) ps(column string) string {
	c.t.Helper()
	out, err := exec.Command("ps", "-o", column+"=", "-p", strconv.Itoa(c.pid)).Output()
	if err != nil {
		c.t.Fatalf("ps: %v", err)
	}
	return strings.TrimRight(string(out), " \n")
}

func (c *child) proc(file string) []byte {
	c.t.Helper()
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(c.pid), file))
	if err != nil {
		c.t.Fatal(err)
	}
	return text
}

// way tells from the size of the child's command line how it was made.
func (c *child) way() string {
	c.t.Helper()
	l, err := parseStat(c.proc("stat"))
	if err != nil {
		c.t.Fatal(err)
	}
	if l.argEnd-l.argStart == Max+1 {
		return "region"
	}
	return "argv"
}

// ways are the two ways to a title.
var ways = []string{"region", "argv"}

func TestPsShowsTheTitle(t *testing.T) {
	for _, way := range ways {
		t.Run(way, func(t *testing.T) {
			c := start(t, way, nil, []string{"-port", "5002"})
			if got := c.way(); got != way {
				t.Fatalf("the title came by way of %s", got)
			}
			if got, want := c.ps("args"), os.Args[0]+" -port 5002"; got != want {
				t.Errorf("before the first title ps shows %.100q, want %q", got, want)
			}
			titles := []struct{ name, text string }{
				{"short", Text("v4.6.1.212", 5002, 7, []uint64{61364, 70001})},
				{"64 KiB", Text("v4.6.1.212", 5002, 7, ascending(10_000))},
				{"short after long", Text("v4.6.1.212", 5002, 0, nil)},
			}
			for _, title := range titles {
				c.set(title.text)
				if got := c.ps("args"); got != title.text {
					t.Errorf("%s: ps shows %d bytes %.100q, want %d bytes %.100q",
						title.name, len(got), got, len(title.text), title.text)
				}
			}
			c.set(strings.Repeat("x", Max+500))
			if got := c.ps("args"); len(got) != Max {
				t.Errorf("too long: ps shows %d bytes, want %d", len(got), Max)
			}
		})
	}
}

func TestTheProcessStaysItself(t *testing.T) {
	env := []string{"REDIS_URL=redis://localhost:6379", "EMPTY=", "SENTRY_DSN=a=b c"}
	args := []string{"-port", "5002", "", "two words"}
	for _, way := range ways {
		t.Run(way, func(t *testing.T) {
			c := start(t, way, env, args)
			env := append(slices.Clone(env), childVar+"="+way)
			if want := fmt.Sprintf("%d %q %q", c.pid, args, env); c.self != want {
				t.Errorf("the child sees pid, os.Args, os.Environ\n%s, want\n%s", c.self, want)
			}
			c.set(Text("v1", 5002, 0, ascending(10_000)))
			if got := bytes.Split(bytes.TrimSuffix(c.proc("environ"), []byte{0}), []byte{0}); !equal(got, env) {
				t.Errorf("/proc/PID/environ is %q, want %q", got, env)
			}
			if got, want := c.ps("comm"), filepath.Base(os.Args[0]); got != want {
				t.Errorf("ps -o comm shows %q, want %q", got, want)
			}
		})
	}
}

func equal(got [][]byte, want []string) bool {
	return slices.EqualFunc(got, want, func(a []byte, b string) bool { return string(a) == b })
}

func TestNilTitleIsNotSeen(t *testing.T) {
	var none *Title
	none.Set("mercury-driver")
}

func TestParseStat(t *testing.T) {
	stat := "7 (a) b (c)) S" + strings.Repeat(" 1", 22) + " 26 27 28" + strings.Repeat(" 1", 16) + " 45 46 47 48 49 50 51 0\n"
	want := layout{startCode: 26, endCode: 27, startStack: 28, startData: 45, endData: 46, startBrk: 47,
		argStart: 48, argEnd: 49, envStart: 50, envEnd: 51}
	if got, err := parseStat([]byte(stat)); err != nil || *got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	for _, bad := range []string{"", ")", "7 (x) S 1 2 3", strings.Replace(stat, " 51", " x", 1)} {
		if got, err := parseStat([]byte(bad)); err == nil {
			t.Errorf("%q gives %+v, want an error", bad, got)
		}
	}
}
