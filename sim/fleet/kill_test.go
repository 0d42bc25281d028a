package fleet

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// liveUntilKilled is a fleet process of TestKilledFleets: addresses, a blank, and its directory.
func liveUntilKilled(child string) {
	addresses, dir, _ := strings.Cut(child, " ")
	f, err := New(Options{Connect: strings.Split(addresses, ","), Panels: 10, FirstSerial: 61364, Seed: 5,
		LogDir: dir, Scenario: "day", Rate: 3000})
	if err == nil {
		f.Start(context.Background())
		err = f.Wait()
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// A fleet that is killed at any moment, again and again, goes on with the same logs: nothing that was
// reported is missing in them, and all that is in them is reported.
func TestKilledFleets(t *testing.T) {
	v, dir := newVault(), t.TempDir()
	address := startHost(t, v, onLoopback).address
	for i := range 5 {
		before := v.took()
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), "FLEET_TEST_CHILD="+address+" "+dir)
		child.Stderr = os.Stderr
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "reported", func() bool { return v.took() > before+200+97*i })
		child.Process.Kill()
		if err := child.Wait(); err == nil || err.Error() != "signal: killed" {
			t.Fatalf("ended by itself: %v", err)
		}
	}
	f, stop := launch(t, Options{Connect: []string{address}, Panels: 10, LogDir: dir})
	eventually(t, "all acknowledged", func() bool { return f.Stats().Unread == 0 })
	stop()
	compare(t, v, journalled(t, dir))
	t.Logf("%d transactions, %d repeats", v.took(), v.repeats)
}
