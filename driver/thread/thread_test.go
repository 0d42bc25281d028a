package thread

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestThreadEndsWithItsGoroutine(t *testing.T) {
	const threads = 8
	var group errgroup.Group
	tids := make(chan int, threads)
	release := make(chan struct{})
	for i := range threads {
		Go(&group, fmt.Sprintf("ends-%d", i), func() error {
			tids <- unix.Gettid()
			<-release
			return nil
		})
	}
	seen := map[int]bool{}
	for range threads {
		tid := <-tids
		if seen[tid] {
			t.Errorf("two goroutines on thread %d", tid)
		}
		if tid == os.Getpid() {
			t.Errorf("a goroutine was given the main thread, which can't end alone")
		}
		seen[tid] = true
	}
	for tid := range seen {
		if name := comm(tid); !strings.HasPrefix(name, "ends-") {
			t.Errorf("thread %d is named %q", tid, name)
		}
	}

	close(release)
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	for tid := range seen {
		waitGone(t, tid)
	}
}

func TestErrorReachesTheGroup(t *testing.T) {
	var group errgroup.Group
	want := errors.New("drain: library closed")
	Go(&group, "drain", func() error { return want })
	if err := group.Wait(); !errors.Is(err, want) {
		t.Errorf("Wait gives %v, want %v", err, want)
	}
}

// comm returns the name of a thread of this process, "" when there is none.
func comm(tid int) string {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/comm", tid))
	return strings.TrimSpace(string(text))
}

// waitGone waits until the thread has left /proc/self/task. The kernel may give its number to a new
// thread at once, so another name counts as gone.
func waitGone(t *testing.T, tid int) {
	t.Helper()
	deadline := time.After(5 * time.Second)
	poll := time.NewTicker(time.Millisecond)
	defer poll.Stop()
	for strings.HasPrefix(comm(tid), "ends-") {
		select {
		case <-poll.C:
		case <-deadline:
			t.Fatalf("thread %d is still in /proc/self/task", tid)
		}
	}
}
