package core

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"testing"
	"time"

	"mercury-driver/cvendor/scp"
	"mercury-driver/sim/link"
)

// onTCP is a library with a port of the loopback.
func onTCP(t *testing.T, options Options) (lib *Library, address string) {
	t.Helper()
	options.Open = Sockets(func(uint32) (net.Listener, error) {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err == nil {
			address = listener.Addr().String()
		}
		return listener, err
	})
	lib = New(options)
	if err := lib.Config("9001 0 0"); err != nil {
		t.Fatal(err)
	}
	return lib, address
}

// joined is the connection of a controller that has said hello, and been given that number.
func joined(t *testing.T, lib *Library, address string, number int16) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	t.Cleanup(func() { conn.Close() })
	conn.Write(hello(uint64(number) + 1))
	take(t, lib, scp.CommOnline)
	if m := take(t, lib, scp.IdentityTold); m.SCP != number {
		t.Fatalf("it has number %d, want %d", m.SCP, number)
	}
	return conn
}

// byHand opens a library whose links are not polled.
func byHand(t *testing.T) (lib *Library, address string) {
	return onTCP(t, Options{PollEvery: time.Hour})
}

func TestFramesThatComeInPieces(t *testing.T) {
	lib, address := byHand(t)
	defer lib.Close()
	conn := joined(t, lib, address, 0)
	if err := lib.Config("9024 0"); err != nil {
		t.Fatal(err)
	}
	var said []byte
	for i := range uint64(50) {
		said = append(said, transaction(0, i+1)...)
	}
	for piece := range slices.Chunk(said, 7) {
		conn.Write(piece)
	}
	for i := range uint64(50) {
		if m := take(t, lib, scp.DoorPosition); m.Index != i+1 {
			t.Fatalf("index %d where %d was next", m.Index, i+1)
		}
	}
}

// A controller that takes no bytes does not hold up who posts to it. What it was sent comes in its order when it
// takes bytes again.
func TestWhatASocketDoesNotTakeFollows(t *testing.T) {
	lib, address := byHand(t)
	defer lib.Close()
	conn := joined(t, lib, address, 0)
	posted := uint32(0)
	for err := error(nil); !errors.Is(err, errCongested); posted++ {
		if posted > 10<<20 {
			t.Fatal("no end to what may wait")
		}
		err = lib.Config("311 0 1")
	}
	posted--
	r, f := link.NewReader(conn), link.Frame{}
	if err := r.Next(&f); err != nil || f.Type != link.Welcome {
		t.Fatalf("%v (%v)", f.Type, err)
	}
	for tag := range posted {
		if err := r.Next(&f); err != nil || f.Tag != tag+1 {
			t.Fatalf("tag %d came (%v) where %d was next", f.Tag, err, tag+1)
		}
	}
	if err := lib.Config("311 0 1"); err != nil {
		t.Error("after that: ", err)
	}
}

// While our own queue is full nobody is listened to: that is no silence of theirs.
func TestNobodyIsSilentWhileNobodyListens(t *testing.T) {
	const every = 100 * time.Millisecond
	lib, address := onTCP(t, Options{PollEvery: every})
	defer lib.Close()
	loud, calm := joined(t, lib, address, 0), joined(t, lib, address, 1)
	go io.Copy(io.Discard, loud)
	over := make(chan struct{})
	defer func() { calm.Close(); <-over }()
	go func() {
		defer close(over)
		r, f := link.NewReader(calm), link.Frame{}
		for r.Next(&f) == nil {
			calm.Write(link.AppendAnswer(nil))
		}
	}()
	if err := lib.Config("9024 0"); err != nil {
		t.Fatal(err)
	}
	const all = 2 * queueLimit
	go func() {
		for i := range uint64(all) {
			loud.Write(transaction(0, i+1))
		}
	}()
	select {
	case <-over:
		t.Fatal("who is not listened to was taken for silent")
	case <-time.After(5 * every):
	}
	for i := range uint64(all) {
		if m := take(t, lib, scp.DoorPosition); m.Index != i+1 {
			t.Fatalf("index %d where %d was next", m.Index, i+1)
		}
	}
}

func TestNoDescriptorIsLeft(t *testing.T) {
	before := descriptors(t)
	lib, address := byHand(t)
	joined(t, lib, address, 0).Close()
	take(t, lib, scp.CommOffline)
	stays := joined(t, lib, address, 0)
	lib.Close()
	if _, err := stays.Read(make([]byte, 100)); err == nil { // the welcome
		_, err = stays.Read(make([]byte, 100))
		if err == nil {
			t.Error("the link goes on")
		}
	}
	stays.Close()
	if after := descriptors(t); after != before {
		t.Errorf("%s, and before %s", after, before)
	}
}

// descriptors says how many this process has open.
func descriptors(t *testing.T) string {
	t.Helper()
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(len(open), " descriptors are open")
}
