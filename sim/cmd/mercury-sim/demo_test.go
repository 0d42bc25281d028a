package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestTheDemo plays the demo as it is, but on ports of its own: panels come online, a door opens, panels are disturbed,
// and nothing is left of it in time.
func TestTheDemo(t *testing.T) {
	bin := t.TempDir()
	for program, source := range map[string]string{"mercury-sim": "sim/cmd/mercury-sim", "mercury-driver": "driver"} {
		build := exec.Command("go", "build", "-race", "-o", filepath.Join(bin, program), "mercury-driver/"+source)
		if text, err := build.CombinedOutput(); err != nil {
			t.Fatalf("build %s: %v\n%s", program, err, text)
		}
	}
	at := places{redis: freeAddr(t), app: freeAddr(t), control: freeAddr(t), drivers: []int{freeDriverPort(t), freeDriverPort(t), freeDriverPort(t)}}
	cast, err := newCast(bin, t.TempDir(), "", at)
	if err != nil {
		t.Fatal(err)
	}
	out := &said{}
	s := newStage(out)
	t.Cleanup(func() {
		s.stop(stopWithin)
		if t.Failed() {
			t.Log(out.String())
		}
	})
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := s.play(ctx, cast); err != nil {
		t.Fatal(err)
	}
	until(t, "all panels are online", func() bool { return strings.Count(out.String(), "controller online") >= 12 })
	until(t, "a door opens", func() bool {
		status, _, _ := call("send", fmt.Sprint(demoSerial), "unlock", "-door", "1", "-app", at.app)
		return status == exitOK
	})
	until(t, "the app tells of it", func() bool { return strings.Contains(out.String(), "command unlock done") })
	ok(t, append(strings.Fields(demoFault), "-control", at.control)...)
	until(t, "half of the panels fall silent", func() bool { return strings.Count(out.String(), "controller offline") == 6 })

	began := time.Now()
	s.stop(stopWithin)
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v to stop", took)
	}
	for _, c := range s.children {
		if alive(c.cmd.Process.Pid) {
			t.Errorf("%s runs on", c.name)
		}
		if c.err != nil {
			t.Errorf("%v, though it was asked to end", c.obituary())
		}
	}
}

func TestTheDemoWithARedisOfItsOwn(t *testing.T) {
	bin := t.TempDir()
	if _, err := newCast(bin, "", "", demoPlaces); err == nil || !strings.Contains(err.Error(), "make build") {
		t.Errorf("without programs it says %v", err)
	}
	for _, program := range []string{"mercury-sim", "mercury-driver"} {
		if err := exec.Command("touch", filepath.Join(bin, program)).Run(); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("REDIS_TLS", "off") // or no driver would take it
	cast, err := newCast(bin, "", "redis://elsewhere:1", demoPlaces)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range cast {
		settings := strings.Join(p.env, " ")
		if p.name == "redis" || strings.Contains(settings, "REDIS_URL") && !strings.Contains(settings, "redis://elsewhere:1") {
			t.Errorf("%s: %v %s", p.name, p.command, settings)
		}
		if strings.HasPrefix(p.name, "driver") && !strings.Contains(settings, "REDIS_TLS=off") {
			t.Errorf("%s: %s", p.name, settings)
		}
	}
}

func TestARedisThatIsNotThereIsNamed(t *testing.T) {
	for url, want := range map[string]string{
		"redis://:secret@" + freeAddr(t):   "connection refused",
		"redis://:secret@127.0.0.1:port/0": "REDIS_URL: ",
		"http://:secret@127.0.0.1/":        "REDIS_URL: ",
		"redis://:secret@h.example":        "h.example is not on the loopback",
		"bogus":                            "want redis:// or rediss:// and ",
	} {
		err := checkRedis(context.Background(), url)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "REDIS_URL: ") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %v", url, err)
		}
	}
	there := start(t, "redis", "-listen", "127.0.0.1:0").addr(t)
	if err := checkRedis(context.Background(), "redis://"+there); err != nil {
		t.Errorf("got %v", err)
	}
}

func TestTheDirectoryOfTheDemo(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "demo")
	leave, err := enterDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	kept := filepath.Join(dir, "panels", "61364.log")
	if err := errors.Join(os.Mkdir(filepath.Dir(kept), 0o700), os.WriteFile(kept, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := enterDir(dir); !errors.Is(err, errOccupied) || !strings.Contains(err.Error(), dir) {
		t.Errorf("entered twice: %v", err)
	}
	if _, err := os.Stat(kept); err != nil {
		t.Errorf("whoever did not get in took it away: %v", err)
	}
	leave()
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is left behind: %v", err)
	}
}

func TestWhatAKilledDemoLeft(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "demo")
	old := filepath.Join(dir, "panels", "61364.log")
	if err := errors.Join(os.MkdirAll(filepath.Dir(old), 0o777), os.WriteFile(old, nil, 0o600), os.Chmod(dir, 0o777)); err != nil {
		t.Fatal(err)
	}
	leave, err := enterDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer leave()
	left, err := os.ReadDir(dir)
	info, _ := os.Stat(dir)
	if err != nil || len(left) > 0 || info.Mode().Perm() != 0o700 {
		t.Errorf("found %v, %v, mode %v", left, err, info.Mode())
	}
}

// Somebody else may have been there first, where all may write.
func TestWhatIsNoDirectoryOfOursIsLeftAlone(t *testing.T) {
	home, way := t.TempDir(), filepath.Join(t.TempDir(), "demo")
	kept := filepath.Join(home, "kept")
	for name, put := range map[string]func() error{
		"a file": func() error { return os.WriteFile(way, nil, 0o600) },
		"a link": func() error { return errors.Join(os.WriteFile(kept, nil, 0o600), os.Symlink(home, way)) },
	} {
		t.Run(name, func(t *testing.T) {
			if err := put(); err != nil {
				t.Fatal(err)
			}
			defer os.Remove(way)
			if _, err := enterDir(way); err == nil || err.Error() != "directory "+way+" for the demo's data: not a directory" {
				t.Errorf("got %v", err)
			}
		})
	}
	if _, err := os.Stat(kept); err != nil {
		t.Error(err)
	}
	if _, err := enterDir("/nope/demo"); err == nil || !strings.HasSuffix(err.Error(), "no such file or directory: want an existing one in TMPDIR") {
		t.Errorf("got %v", err)
	}
	foreign := "/proc/1"
	if os.Getuid() == 0 {
		foreign = t.TempDir()
		if err := os.Chown(foreign, 1, -1); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := enterDir(foreign); err == nil || !strings.Contains(err.Error(), "another user") {
		t.Errorf("got %v", err)
	}
}

func freeAddr(t *testing.T) string {
	t.Helper()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer lis.Close()
	return lis.Addr().String()
}

// freeDriverPort is a port that is free together with its admin port.
func freeDriverPort(t *testing.T) int {
	t.Helper()
	for range 1000 {
		port := 12_000 + rand.IntN(10_000)
		if len(takenAddresses([]part{driverPart("", port, "", "")})) == 0 {
			return port
		}
	}
	t.Fatal("there is no free port")
	return 0
}
