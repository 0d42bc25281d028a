package fleet

import (
	"bytes"
	"io"
	"net"
	"testing"
)

func TestASocketTakesWhatFitsAndNeverWaits(t *testing.T) {
	near, far := tcpPair(t)
	s, piece := socketOf(near), bytes.Repeat([]byte("0123456789"), 100_000)
	written := 0
	for {
		n, err := s.write(piece[written%10:])
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			break // nobody reads
		}
		written += n
	}
	near.Close()
	got, err := io.ReadAll(far)
	if err != nil || len(got) != written {
		t.Fatalf("%d bytes came of %d that were taken: %v", len(got), written, err)
	}
	for i, b := range got {
		if b != byte('0'+i%10) {
			t.Fatalf("byte %d is %c", i, b)
		}
	}
	if _, err := s.write(piece); err == nil {
		t.Error("a closed connection takes bytes")
	}
}

func TestAConnectionWithoutASocketTakesNothingAtOnce(t *testing.T) {
	near, far := net.Pipe()
	defer near.Close()
	defer far.Close()
	if n, err := socketOf(near).write([]byte("x")); n != 0 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}

func tcpPair(t *testing.T) (near, far net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if far, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if near, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { near.Close(); far.Close() })
	return near, far
}
