package link

import (
	"bytes"
	"errors"
	"io"
	"net"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func TestWriterKeepsTheOrderOfEachSender(t *testing.T) {
	const senders, each = 4, 2000
	for name, pair := range pairs {
		near, far := pair(t)
		w := NewWriter(near, 1<<20)
		var sent sync.WaitGroup
		for sender := range uint32(senders) {
			sent.Go(func() {
				for i := range uint32(each) {
					if !w.Send(AppendCommand(nil, sender*each+i+1, "9030 0")) {
						t.Error("refused below its limit")
					}
				}
			})
		}
		next := [senders]uint32{}
		r, f := NewReader(far), Frame{}
		for range senders * each {
			if err := r.Next(&f); err != nil {
				t.Fatal(name, err)
			}
			sender, i := (f.Tag-1)/each, (f.Tag-1)%each
			if next[sender] != i {
				t.Fatalf("%s: sender %d: %d came where %d was next", name, sender, i, next[sender])
			}
			next[sender]++
		}
		sent.Wait()
		w.Abort()
		w.Wait()
	}
}

func TestWhatASocketTakesIsWrittenBySend(t *testing.T) {
	near, far := tcpPair(t)
	w := NewWriter(near, 4096)
	for tag := range uint32(100) {
		if !w.Send(AppendCommand(nil, tag+1, "9030 0")) || w.writing {
			t.Fatalf("frame %d is left to a goroutine", tag)
		}
	}
	r, f := NewReader(far), Frame{}
	for tag := range uint32(100) {
		if err := r.Next(&f); err != nil || f.Tag != tag+1 {
			t.Fatalf("frame %d came (%v) where %d was next", f.Tag, err, tag+1)
		}
	}
}

func TestWhatASocketDoesNotTakeFollows(t *testing.T) {
	near, far := tcpPair(t)
	w := NewWriter(near, 64<<20)
	flood := make([]byte, 1<<20)
	var sent []byte
	for i := range 32 { // more than both sockets hold
		for j := range flood {
			flood[j] = byte(i + j/1000)
		}
		if !w.Send(flood) {
			t.Fatal("refused below its limit")
		}
		sent = append(sent, flood...)
	}
	got := make([]byte, len(sent))
	if _, err := io.ReadFull(far, got); err != nil || !bytes.Equal(got, sent) {
		t.Errorf("other bytes came than were sent (%v)", err)
	}
	w.Wait()
	w.Abort()
}

// A controller that takes no bytes must not hold up who posts to it, and what was taken for it is
// bounded.
func TestWriterNeverBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		w := NewWriter(near, 4096)
		frame := AppendCommand(nil, 1, "9030 0")
		taken := 0
		for w.Send(frame) {
			taken += len(frame)
			synctest.Wait() // the writer is stuck in its connection
		}
		if taken > 4096 || taken+len(frame) <= 4096 {
			t.Errorf("took %d bytes", taken)
		}
		if _, err := io.ReadFull(far, make([]byte, taken)); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if !w.Send(frame) {
			t.Error("refuses when nothing waits any more")
		}
		w.Abort()
		w.Wait()
		if w.Send(frame) {
			t.Error("takes frames after Abort")
		}
	})
}

func TestWriterEndsWithItsConnection(t *testing.T) {
	near, far := memoryPair(t)
	far.Close()
	w := NewWriter(near, 4096)
	w.Send(AppendPoll(nil))
	w.Wait()
	if w.Send(AppendPoll(nil)) {
		t.Error("takes frames for a closed connection")
	}
}

// A late unlock must not leave the kernel after its link was given up.
func TestAbortDiscardsWhatTheKernelHolds(t *testing.T) {
	near, far := tcpPair(t)
	w := NewWriter(near, 64<<20)
	flood := make([]byte, 1<<20)
	for range 32 { // more than both sockets hold
		w.Send(flood)
	}
	time.AfterFunc(0, w.Abort)
	w.Wait()
	n, err := io.Copy(io.Discard, far)
	if !errors.Is(err, syscall.ECONNRESET) || n >= 32<<20 {
		t.Errorf("%d bytes, then %v", n, err)
	}
}
