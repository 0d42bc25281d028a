//go:build !mpl

package cvendor

import (
	"encoding/binary"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unsafe"

	"mercury-driver/cvendor/scp"
)

// Whatever bytes a library leaves in its SCPReply: shim.c touches no memory that is not its own, ends each text where it
// ends or its array does, knows no number below 0, and lets a kind that it does not know cross with its head alone.
func FuzzShim(f *testing.F) {
	const longest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	for kind := range int32(scp.FirmwareProgress + 2) { // 0, and some between and beyond, are none of include/scp_net.h
		f.Add(kind, int16(7), []byte("\x01\x00\x00\x00"), byte(1))
	}
	f.Add(int32(scp.CommOnline), int16(-1), []byte(longest+"1.3"), byte('x'))
	f.Add(int32(scp.CommandReply), int16(32767), []byte("tag.res.why."+longest), byte(0xff))
	l, shim := new(Library), startShim(f)
	f.Fuzz(func(t *testing.T, kind int32, number int16, body []byte, rest byte) {
		r := reply{kind: kind, scp: number}
		for i := copy(r.body[:], body); i < len(r.body); i++ {
			r.body[i] = rest // text without an end, among others
		}
		shim.drain(t, &r, l)
		var m scp.Message
		decode(&m, &l.batch[0])
		if want := max(number, -1); int32(m.Kind) != kind || m.SCP != want || want < 0 && m.Attachment != 0 {
			t.Errorf("kind %d of %d came as %d of %d, attachment %d", kind, number, m.Kind, m.SCP, m.Attachment)
		}
		r.check(t, m)
	})
}

// reply is an SCPReply: its head without time, log epoch and index, and its union.
type reply struct {
	kind int32
	scp  int16
	body [200]byte
}

// bytes are those of the C struct.
func (r *reply) bytes() []byte {
	b := binary.NativeEndian.AppendUint32(nil, uint32(r.kind))
	b = binary.NativeEndian.AppendUint16(b, 0) // the channel
	b = binary.NativeEndian.AppendUint16(b, uint16(r.scp))
	return append(append(b, make([]byte, 24)...), r.body[:]...)
}

// check compares texts with where they stand in the union, and looks that an unknown kind has nothing else.
func (r *reply) check(t *testing.T, m scp.Message) {
	t.Helper()
	want := m
	switch scp.Kind(r.kind) {
	case scp.CommOnline:
		want.Text, want.TLS = r.text(0, 64), r.text(64, 8)
	case scp.CommOffline, scp.CommRefused:
		want.Text = r.text(0, 64)
	case scp.CommandReply:
		want.Text = r.text(12, 64)
	case scp.IdentityTold:
		id := *m.Identity
		id.MAC, id.Model, id.Firmware = r.text(8, 16), r.text(24, 64), r.text(88, 64)
		if id != *m.Identity {
			t.Errorf("identity is %+v, want %+v", *m.Identity, id)
		}
	default:
		if k := scp.Kind(r.kind); k < scp.CommOnline || k > scp.CommRefused && k < scp.PanelBoot || k > scp.FirmwareProgress {
			want = scp.Message{Kind: m.Kind, SCP: m.SCP, Attachment: m.Attachment}
		}
	}
	if m != want {
		t.Errorf("%v is %+v, want %+v", m.Kind, m, want)
	}
}

// text is the text in an array of the union.
func (r *reply) text(from, size int) string {
	text, _, _ := strings.Cut(string(r.body[from:from+size]), "\x00")
	return strings.ToValidUTF8(text, "\uFFFD")
}

// shimProcess is the program of testdata/shim: a fault in it ends it, and not the test.
type shimProcess struct {
	in   io.Writer
	out  io.Reader
	said *os.File
}

// startShim builds and starts it.
func startShim(f *testing.F) *shimProcess {
	f.Helper()
	program := filepath.Join(f.TempDir(), "shim")
	build := exec.Command("gcc", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-iquote", ".",
		"-o", program, "testdata/shim/main.c", "shim.c", "attachments.c", "idle.c", "-lpthread")
	if out, err := build.CombinedOutput(); err != nil {
		f.Fatalf("build it: %v\n%s", err, out)
	}
	said, err := os.Create(program + ".said")
	if err != nil {
		f.Fatal(err)
	}
	cmd := exec.Command(program)
	cmd.Stderr = said
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err3 := cmd.Start(); err1 != nil || err2 != nil || err3 != nil {
		f.Fatal(err1, err2, err3)
	}
	f.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			f.Errorf("the shim ended: %v", err)
		}
		said.Close()
	})
	return &shimProcess{in, out, said}
}

// drain has the shim drain a message into the first place of the library's batch.
func (p *shimProcess) drain(t *testing.T, r *reply, l *Library) {
	t.Helper()
	_, err := p.in.Write(r.bytes())
	to := unsafe.Slice((*byte)(unsafe.Pointer(&l.batch[0])), unsafe.Sizeof(l.batch[0]))
	if err == nil {
		_, err = io.ReadFull(p.out, to)
	}
	if err != nil {
		said, _ := os.ReadFile(p.said.Name())
		t.Fatalf("the shim did not survive kind %d: %v\n%s", r.kind, err, said)
	}
}
