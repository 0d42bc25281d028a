package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func shell(name, script string) part {
	return part{name: name, command: []string{"/bin/sh", "-c", script}}
}

var errNotYet = errors.New("not yet")

// when is a part's readiness as a condition.
func when(holds func() bool) func(context.Context) error {
	return func(context.Context) error {
		if holds() {
			return nil
		}
		return errNotYet
	}
}

func TestAStageShowsWhatItsChildrenSay(t *testing.T) {
	var out bytes.Buffer
	s := newStage(&out)
	for _, p := range []part{shell("one", "echo hello; echo oh >&2"), shell("two", `echo '{"level":"WARN","msg":"slow"}'`)} {
		c, err := s.start(p)
		if err != nil {
			t.Fatal(err)
		}
		<-c.done
	}
	s.stop(patience)
	for _, want := range []string{"one         │ hello\n", "one         │ oh\n", "two         │ ", "slow"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in %q", want, out.String())
		}
	}
}

func TestAChildThatEndsIsNamed(t *testing.T) {
	s := newStage(&bytes.Buffer{})
	if _, err := s.start(shell("driver 5002", "exit 70")); err != nil {
		t.Fatal(err)
	}
	defer s.stop(patience)
	if err := (<-s.ended).obituary(); err.Error() != "driver 5002 ended: exit status 70" {
		t.Errorf("got %q", err)
	}
}

func TestAChildThatEndsBeforeItIsReady(t *testing.T) {
	s := newStage(&bytes.Buffer{})
	defer s.stop(patience)
	p := shell("app", "exit 1")
	p.ready = func(context.Context) error { return errNotYet }
	if err := s.play(context.Background(), []part{p}); err == nil || !strings.Contains(err.Error(), "app ended") {
		t.Errorf("got %v", err)
	}
}

func TestAPartThatDoesNotGetReadySaysWhy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &child{name: "driver 5001", done: make(chan struct{})}
		began := time.Now()
		err := c.await(context.Background(), func(ctx context.Context) error {
			if time.Since(began) > readyWithin-time.Second {
				<-ctx.Done() // asked in vain in the end
				return ctx.Err()
			}
			return errors.New("no connection to Redis")
		})
		if want := "driver 5001 is not ready after 20s: no connection to Redis"; err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	})
}

func TestAnInterruptedStart(t *testing.T) {
	var out said
	s := newStage(&out)
	defer s.stop(patience)
	ctx, cancel := context.WithCancel(context.Background())
	p := shell("app", "while :; do sleep 0.05; done")
	p.ready = func(context.Context) error { cancel(); return errNotYet }
	if err := s.perform(ctx, []part{p}, "all is running"); err != nil {
		t.Errorf("got %v", err)
	}
	if text := out.String(); !strings.Contains(text, "stopping") || strings.Contains(text, "all is running") {
		t.Errorf("said %q", text)
	}
}

func TestAPerformanceEndsWithItsFirstChild(t *testing.T) {
	var out said
	s := newStage(&out)
	defer s.stop(patience)
	p := shell("app", "exit 3")
	p.ready = when(func() bool { return true })
	err := s.perform(context.Background(), []part{p}, "all is running")
	if err == nil || err.Error() != "app ended: exit status 3" || !strings.Contains(out.String(), "all is running") {
		t.Errorf("got %v, said %q", err, out.String())
	}
}

// Broken once on purpose: without the last line, what the other parts say is the last that is read.
func TestWhyADemoEndedIsItsLastLine(t *testing.T) {
	var out said
	talker := shell("driver 5001", "trap 'echo goes; exit 0' TERM; echo set; while :; do sleep 0.01; done")
	talker.ready = when(func() bool { return strings.Contains(out.String(), "set\n") })
	fallen := shell("app", "exit 3")
	fallen.ready = when(func() bool { return true })
	status := newFlagSet("demo", "", &out, &out).present(context.Background(), newStage(&out), []part{talker, fallen}, "all is running")
	const why = "app ended: exit status 3"
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if status != exitFailed || lines[len(lines)-1] != "mercury-sim demo: "+why {
		t.Errorf("status %d, said %q", status, lines)
	}
	first, goes := strings.Index(out.String(), why), strings.Index(out.String(), "│ goes")
	if first < 0 || goes < first {
		t.Errorf("it is not said when it happens: %q", lines)
	}
}

func TestStoppingKillsWhoDoesNotEnd(t *testing.T) {
	out := &said{}
	s := newStage(out)
	p := shell("deaf", "trap '' TERM; echo set; while :; do sleep 0.05; done")
	p.ready = when(func() bool { return strings.Contains(out.String(), "set") })
	if err := s.play(context.Background(), []part{p}); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	s.stop(300 * time.Millisecond)
	if took := time.Since(began); took < 300*time.Millisecond || took > patience/2 {
		t.Errorf("took %v", took)
	}
	if alive(s.children[0].cmd.Process.Pid) {
		t.Error("it runs on")
	}
}

func TestWavesStopInOrder(t *testing.T) {
	out := &said{}
	s := newStage(out)
	for wave, name := range []string{"panels", "drivers", "servers"} {
		p := shell(name, "trap 'echo stops; exit 0' TERM; echo set; while :; do sleep 0.01; done")
		p.wave = wave
		p.ready = when(func() bool { return strings.Count(out.String(), "set\n") == wave+1 })
		if err := s.play(context.Background(), []part{p}); err != nil {
			t.Fatal(err)
		}
	}
	s.stop(patience)
	text := out.String()
	first, second, third := strings.Index(text, "panels      │ stops"), strings.Index(text, "drivers     │ stops"), strings.Index(text, "servers     │ stops")
	if first < 0 || first > second || second > third {
		t.Errorf("got %q", text)
	}
}

// holdStage is the test's own process as a stage that is going to be killed: it says its child's pid.
func holdStage() {
	s := newStage(os.Stderr)
	c, err := s.start(shell("child", "trap '' TERM INT HUP; while :; do sleep 0.05; done"))
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(c.cmd.Process.Pid)
	<-c.done
	os.Exit(0)
}

// Broken once on purpose: without Pdeathsig the child runs on.
func TestNothingOutlivesAKilledStage(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	stage := exec.Command(self)
	stage.Env = append(os.Environ(), "MERCURY_SIM_TEST_STAGE=held")
	said, err := stage.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := stage.Start(); err != nil {
		t.Fatal(err)
	}
	line, _ := bufio.NewReader(said).ReadString('\n')
	child, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil || !alive(child) {
		t.Fatalf("child %q: %v", line, err)
	}
	stage.Process.Kill()
	stage.Wait()
	until(t, "the child is gone", func() bool { return !alive(child) })
}

// showStage is the test's own process as a stage that nobody interrupts.
func showStage() {
	p := shell("child", "while :; do echo here; sleep 0.01; done")
	p.ready = when(func() bool { return true })
	os.Exit(newFlagSet("demo", "", os.Stdout, os.Stderr).present(context.Background(), newStage(os.Stdout), []part{p}))
}

// Whoever reads it goes away, as head does, or the disk is full: then it ends as if it were interrupted.
func TestAStageThatIsNotSeenEnds(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	unread, broken, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	unread.Close()
	defer broken.Close()
	for name, out := range map[string]*os.File{"a full disk": full, "a reader that went": broken} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			stage := exec.CommandContext(ctx, "/proc/self/exe")
			stage.Env = append(os.Environ(), "MERCURY_SIM_TEST_STAGE=shown")
			stage.Stdout = out
			if err := stage.Run(); err != nil {
				t.Errorf("it did not end in order: %v", err)
			}
		})
	}
}

// alive tells whether a process runs; one that waits to be reaped does not.
func alive(pid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return syscall.Kill(pid, 0) == nil
	}
	_, after, _ := strings.Cut(string(text), ") ")
	return !strings.HasPrefix(after, "Z") && !strings.HasPrefix(after, "X")
}

func TestTakenAddressesAreAllNamed(t *testing.T) {
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer lis.Close()
	addr := lis.Addr().String()
	got := takenAddresses([]part{{name: "app", listens: []string{addr}}, {name: "driver 5001", listens: []string{"127.0.0.1:0", addr}}})
	want := addr + " (app), " + addr + " (driver 5001)"
	if text := strings.Join(got, ", "); text != want {
		t.Errorf("got %q, want %q", text, want)
	}
}
