package link

import (
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

func TestReaderFindsFramesInAnyFragments(t *testing.T) {
	var stream []byte
	var want []Type
	for range 200 { // more than one buffer
		for _, name := range []string{"hello", "poll", "transaction", "reply"} {
			stream = append(stream, samples[name].bytes...)
			want = append(want, samples[name].want.Type)
		}
	}
	for name, pair := range pairs {
		for _, size := range []int{1, 7, MaxFrame, len(stream)} {
			near, far := pair(t)
			go func() {
				for piece := range slices.Chunk(stream, size) {
					far.Write(piece)
				}
				far.Close()
			}()
			got, err := readTypes(NewReader(near))
			if err != io.EOF || !slices.Equal(got, want) {
				t.Errorf("%s, pieces of %d: %d of %d frames: %v", name, size, len(got), len(want), err)
			}
		}
	}
}

func readTypes(r *Reader) (types []Type, err error) {
	var f Frame
	for {
		if err := r.Next(&f); err != nil {
			return types, err
		}
		types = append(types, f.Type)
	}
}

func TestReaderEndsAtAMalformedFrame(t *testing.T) {
	for name, pair := range pairs {
		near, far := pair(t)
		go far.Write(append(AppendPoll(nil), 0, 0, 0))
		got, err := readTypes(NewReader(near))
		if len(got) != 1 || err == nil || !strings.HasPrefix(err.Error(), "malformed frame") {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func TestReaderIsUnblockedByItsConnection(t *testing.T) {
	for name, pair := range pairs {
		near, _ := pair(t)
		near.SetReadDeadline(time.Now())
		if err := NewReader(near).Next(new(Frame)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s, deadline: %v", name, err)
		}
		near.Close()
		if err := NewReader(near).Next(new(Frame)); err == nil || err == io.EOF {
			t.Errorf("%s, closed: %v", name, err)
		}
	}
}

// spy is a connection that looks at its reader whenever that waits.
type spy struct {
	net.Conn
	from io.Reader
	look func(size int)
}

func (s *spy) Read(p []byte) (int, error) {
	s.look(len(p))
	return s.from.Read(p)
}

// Ten thousand idle links must not hold ten thousand buffers.
func TestReaderHoldsNoBufferWhileItWaits(t *testing.T) {
	waits := 0
	stream := strings.NewReader(strings.Repeat(string(samples["transaction"].bytes), 3))
	s := &spy{from: iotest.OneByteReader(stream)}
	r := NewReader(s)
	s.look = func(int) {
		if r.start != r.end {
			return // inside a frame
		}
		waits++
		if r.buf != nil {
			t.Error("waits for a frame with a buffer")
		}
	}
	if types, err := readTypes(r); len(types) != 3 || err != io.EOF || waits != 4 {
		t.Errorf("%v, %v, waited %d times", types, err, waits)
	}
}

func TestReaderFillKeepsWhatWasNotDiscarded(t *testing.T) {
	near, far := memoryPair(t)
	go func() { far.Write([]byte("ab")); far.Write([]byte("cd")) }()
	r := NewReader(near)
	got := ""
	for len(got) < 4 {
		b, err := r.Fill()
		if err != nil {
			t.Fatal(err)
		}
		got = string(b)
	}
	r.Discard(3)
	go far.Write([]byte("e"))
	if b, err := r.Fill(); string(b) != "de" || err != nil {
		t.Errorf("%q, %v", b, err)
	}
}
