package spool

import (
	"bytes"
	"encoding/binary"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"google.golang.org/protobuf/proto"
)

// Whatever an entry holds: it is refused, or it is one whose checksum fits, and it is written again as it was read.
func FuzzDecode(f *testing.F) {
	k, v := encode(entry{3, entryOf(panel, 1, 7)})
	f.Add(k, v[checksumSize:], v[:checksumSize])
	f.Add(k[:8], []byte{}, []byte{})
	f.Add(k, []byte{8, 1}, []byte{1, 2, 3, 4})
	f.Fuzz(func(t *testing.T, k, event, sum []byte) {
		if _, err := decode(k, append(bytes.Clone(sum), event...)); err == nil && (len(sum) != checksumSize || binary.BigEndian.Uint32(sum) != checksum(k, event)) {
			t.Errorf("%x: %x was taken with the checksum %x", k, event, sum)
		}
		e, err := decode(k, append(binary.BigEndian.AppendUint32(nil, checksum(k, event)), event...))
		if err != nil {
			return
		}
		k2, v := encode(e)
		if !bytes.Equal(k2, k) {
			t.Fatalf("%x became %x", k, k2)
		}
		if again, err := decode(k2, v); err != nil || again.number != e.number || !proto.Equal(again.event.Message, e.event.Message) {
			t.Errorf("%v became %v, %v", e.event.Message, again.event.Message, err)
		}
	})
}

// Wherever a file is damaged or cut: it is refused with the way forward, or all that was stored in it is handed on.
func FuzzOpen(f *testing.F) {
	const page = 4096
	for _, at := range []uint32{0, 16, 72, page + 16, page + 72, 7*page + 10, 9*page + 10} { // headers, and heads of pages
		f.Add(at, byte(1), uint32(0))
	}
	f.Add(uint32(0), byte(0), uint32(10*page))
	var whole []byte // a file with transactions 1 to 1000 of a controller
	f.Fuzz(func(t *testing.T, at uint32, bits byte, cut uint32) {
		if whole == nil {
			whole = fileOf(t)
		}
		damaged := bytes.Clone(whole[:len(whole)-int(cut)%len(whole)])
		damaged[int(at)%len(damaged)] ^= bits
		r := &rig{t: t, dir: t.TempDir(), limit: 1 << 20, up: true, credit: 2000}
		if err := os.WriteFile(filepath.Join(r.dir, "mercury-driver-5001.spool"), damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		spool, err := Open(r.dir, 5001, r.limit, r, sessions{r}, slog.New(slog.DiscardHandler))
		if err == nil {
			t.Cleanup(func() { spool.store.close() })
			err = spool.Step(r.now)
		}
		if err != nil {
			if !errors.As(err, new(*DamagedError)) {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		for i, kept := range r.kept {
			ev := received(kept)
			ev.Backlog = false // by how long it was on disk
			if !proto.Equal(ev, received(entryOf(panel, 1, uint64(i+1)))) {
				t.Fatalf("%v is handed on in place %d", ev, i+1)
			}
		}
		if len(r.kept) != 1000 {
			t.Errorf("%d of 1000 transactions are handed on", len(r.kept))
		}
	})
}

func fileOf(t *testing.T) []byte {
	_, file := spooled(t)
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
