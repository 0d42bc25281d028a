package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestTheDemo plays the demo as it is, but on ports of its own: panels come online, a door opens,
// and nothing is left of it in time.
func TestTheDemo(t *testing.T) {
	bin := t.TempDir()
	for program, source := range map[string]string{"mercury-sim": "sim/cmd/mercury-sim", "mercury-driver": "driver"} {
		build := exec.Command("go", "build", "-race", "-o", filepath.Join(bin, program), "mercury-driver/"+source)
		if text, err := build.CombinedOutput(); err != nil {
			t.Fatalf("build %s: %v\n%s", program, err, text)
		}
	}
	at := places{redis: freeAddr(t), app: freeAddr(t), drivers: []int{freeDriverPort(t), freeDriverPort(t), freeDriverPort(t)}}
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
	cast, err := newCast(bin, "", "redis://elsewhere:1", demoPlaces)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range cast {
		settings := strings.Join(p.env, " ")
		if p.name == "redis" || strings.Contains(settings, "REDIS_URL") && !strings.Contains(settings, "redis://elsewhere:1") {
			t.Errorf("%s: %v %s", p.name, p.command, settings)
		}
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
