package link

import (
	"bytes"
	"errors"
	"io"
	"net"
	"testing"
)

// Whatever a peer sends, and in whatever pieces it arrives: the frames are those of the bytes in one piece, and
// the end is the same.
func FuzzReader(f *testing.F) {
	var all []byte
	for _, s := range samples {
		all = append(all, s.bytes...)
	}
	f.Add(all, uint16(1))
	f.Add(all, uint16(7))
	f.Add(all, uint16(5*MaxFrame))
	f.Add(append(AppendPoll(nil), 0xff, 0xff), uint16(2))
	f.Fuzz(func(t *testing.T, sent []byte, piece uint16) {
		want, malformed := inOnePiece(sent)
		r := NewReader(&pieces{rest: sent, most: max(1, int(piece))})
		var got []byte
		var frame Frame
		err := r.Next(&frame)
		for ; err == nil; err = r.Next(&frame) {
			got = append(got, encode(&frame)...)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("read % x, want % x", got, want)
		}
		if malformed == nil && !errors.Is(err, io.EOF) || malformed != nil && err.Error() != malformed.Error() {
			t.Errorf("ended with %v, want %v", err, malformed)
		}
	})
}

// inOnePiece is all frames in b as they are sent on, and why what follows them is none.
func inOnePiece(b []byte) (frames []byte, malformed error) {
	for {
		var frame Frame
		n, err := Decode(b, &frame)
		if n == 0 {
			return frames, err
		}
		frames, b = append(frames, encode(&frame)...), b[n:]
	}
}

// pieces is a connection that gives so many bytes at most with each read.
type pieces struct {
	net.Conn
	rest []byte
	most int
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(b[:min(len(b), p.most)], p.rest)
	p.rest = p.rest[n:]
	return n, nil
}
