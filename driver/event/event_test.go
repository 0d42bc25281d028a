package event

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sync/errgroup"

	"mercury-driver/cvendor/scp"
	"mercury-driver/driver/controller"
	"mercury-driver/driver/thread"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// library plays a list of batches, then ends as it is told.
type library struct {
	batches [][]scp.Message
	end     func() error
	buffer  int

	each             bool          // message is handled by itself
	disk             time.Duration // takes so long over each
	drained, handled int
	early            bool // the next one was asked for before

	ready func() // a session has something to post
}

func (l *library) Drain(buf []scp.Message, _ time.Duration, _ bool) (int, error) {
	l.buffer = len(buf)
	l.early = l.early || l.each && l.handled != l.drained
	l.drained++
	if len(l.batches) == 0 {
		return 0, l.end()
	}
	n := copy(buf, l.batches[0])
	l.batches = l.batches[1:]
	return n, nil
}

func (l *library) Wake()         {}
func (l *library) Waits() uint64 { return 0 }

func online(number int16) scp.Message {
	return scp.Message{Kind: scp.CommOnline, SCP: number, Attachment: 1}
}

func run(t *testing.T, l *library) (*controller.Table, error) {
	t.Helper()
	table := controller.NewTable(controller.Rules{}, scp.Capabilities{}, slog.New(slog.NewTextHandler(io.Discard, nil)))
	table.Connect(controller.Ports{Sink: noSink{}, Poster: l, Waker: l})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if end := l.end; end == nil {
		l.end = func() error { cancel(); return nil }
	}
	var group errgroup.Group
	var handled func() <-chan struct{}
	if l.each {
		handled = func() <-chan struct{} {
			safe := make(chan struct{})
			go func() {
				defer close(safe)
				<-time.After(l.disk)
				l.handled = l.drained
			}()
			return safe
		}
	}
	running := Start(ctx, &group, l, table, thread.NewWatch(), handled)
	err := group.Wait()
	<-running.Done()
	return table, err
}

// Ready implements controller.Poster.
func (l *library) Ready(*controller.Session) {
	if l.ready != nil {
		l.ready()
		l.ready = nil
	}
}

// noSink is a vendor app that has no credit: nothing here reports a transaction.
type noSink struct{ controller.Sink }

func (noSink) Burst() func() { return func() {} }
func (noSink) Free() int     { return 0 }

func TestEveryBatchReachesTheSessions(t *testing.T) {
	l := &library{batches: [][]scp.Message{{online(0), online(1)}, {}, {online(2)}}}
	table, err := run(t, l)
	if err != nil || table.Attached() != 3 {
		t.Errorf("%d attached, error %v", table.Attached(), err)
	}
	if l.buffer != batch {
		t.Errorf("asked for %d messages a crossing, want %d", l.buffer, batch)
	}
}

func TestEachMessageIsHandledBeforeTheNextIsAskedFor(t *testing.T) {
	l := &library{each: true, batches: [][]scp.Message{{online(0)}, {}, {online(1)}}}
	table, err := run(t, l)
	if err != nil || table.Attached() != 2 || l.buffer != 1 || l.early || l.handled != l.drained {
		t.Errorf("%d attached, error %v; %+v", table.Attached(), err, l)
	}
}

// A controller that does not identify itself is detached in its time, though a disk stands still.
func TestWhatIsDueIsDoneWhileTheDiskStandsStill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &library{each: true, disk: time.Minute, batches: [][]scp.Message{{online(0)}}}
		began := time.Now()
		var posted time.Duration
		l.ready = func() { posted = time.Since(began) }
		if _, err := run(t, l); err != nil || posted < 10*time.Second || posted > 11*time.Second {
			t.Errorf("its detach was to be posted after %v; %v", posted, err)
		}
	})
}

func TestFailedLibraryEndsTheThread(t *testing.T) {
	gone := errors.New("gone")
	_, err := run(t, &library{end: func() error { return gone }})
	if !errors.Is(err, gone) {
		t.Errorf("ended with %v", err)
	}
}

func TestPanicOfTheThreadIsAnError(t *testing.T) {
	_, err := run(t, &library{end: func() error { panic("boom") }})
	if err == nil || !strings.Contains(err.Error(), "boom") {
		t.Errorf("ended with %v", err)
	}
}
