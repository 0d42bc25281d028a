package stage

import (
	"os"
	"strings"
	"testing"
)

func TestTheDriversThreadsCanBeUnlocked(t *testing.T) {
	source, err := os.ReadFile("../../../driver/thread/thread.go")
	if err != nil {
		t.Fatal(err)
	}
	unlocked, err := withoutLock(source)
	if err != nil {
		t.Fatal(err)
	}
	before, after := strings.Count(string(source), "LockOSThread()"), strings.Count(string(unlocked), "LockOSThread()")
	if before != 2 || after != 1 {
		t.Errorf("%d locks became %d, want the main thread's alone", before, after)
	}
	if _, err := withoutLock(unlocked); err == nil {
		t.Error("a lock was found where there is none")
	}
}
