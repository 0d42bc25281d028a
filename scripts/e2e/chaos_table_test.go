//go:build chaos

package e2e

import (
	"fmt"
	"sync"
	"testing"
	"time"
)

// The tests of these files, TestChaos..., break the whole system on purpose and hold it to what README promises. The
// tag chaos builds them, as make chaos does.

// raceDetector does not watch the programs under test here, because times and memory are looked at.
const raceDetector = "false"

// scaled is a number for make chaos, and a smaller one for make proof.
func scaled(long, short int) int {
	if testing.Short() {
		return short
	}
	return long
}

// within waits for what is promised from since on, and enters how long it took. What comes too late is waited for a
// while, so that it is known how late it is.
func within(t *testing.T, promise string, bound time.Duration, since time.Time, holds func() error) {
	t.Helper()
	const patience = 30 * time.Second
	// What has happened is seen some time later: between two looks, and in one look.
	const looking = 300 * time.Millisecond
	defer func() {
		t.Helper()
		took := time.Since(since)
		keep(t, promise, span(bound), span(max(took-looking, min(took, bound))))
	}()
	eventually(t, bound+patience, promise, holds)
}

// memory is a figure in bytes.
type memory int64

func (m memory) String() string           { return fmt.Sprintf("%d MiB", int64(m)>>20) }
func (m memory) beyond(bound figure) bool { return m > bound.(memory) }

// began is when the first test did.
var began = sync.OnceValue(time.Now)

// tell says at once how it goes.
func tell(t *testing.T, format string, args ...any) {
	fmt.Printf("%4.0f s  %s: %s\n", time.Since(began()).Seconds(), t.Name(), fmt.Sprintf(format, args...))
}
