package cvendor

import (
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
	"unsafe"

	"mercury-driver/cvendor/scp"
)

// Whatever bytes a library leaves in a message: what Go sees are bounded texts without a NUL, of this message alone;
// and a transaction holds no pointer, so that an array of them costs no memory.
func FuzzDecode(f *testing.F) {
	l := new(Library)
	c := unsafe.Slice((*byte)(unsafe.Pointer(&l.batch[0])), unsafe.Sizeof(l.batch[0]))
	for kind := range int32(40) {
		l.batch[0].kind = _Ctype_int32_t(kind)
		f.Add(append([]byte(nil), c...), byte('x'))
	}
	f.Fuzz(func(t *testing.T, message []byte, rest byte) {
		for i := copy(c, message); i < len(c); i++ {
			c[i] = rest // text without an end, among others
		}
		var m scp.Message
		decode(&m, &l.batch[0])
		again := scp.Message{Text: "of the one before", TLS: "1.3", Tag: 9, Identity: &scp.Identity{Serial: 9}}
		if decode(&again, &l.batch[0]); !reflect.DeepEqual(m, again) {
			t.Errorf("%+v became %+v over another one", m, again)
		}
		checkText(t, m.Text, len(l.batch[0].text))
		checkText(t, m.TLS, len(l.batch[0].tls))
		if id := m.Identity; id != nil {
			checkText(t, id.MAC, len(l.batch[0].identity.mac))
			checkText(t, id.Model, len(l.batch[0].identity.model))
			checkText(t, id.Firmware, len(l.batch[0].identity.firmware))
		}
		if (m.Identity != nil) != (m.Kind == scp.IdentityTold) || m.Kind.Transaction() && m.Text+m.TLS != "" {
			t.Errorf("%v with %+v", m.Kind, m)
		}
	})
}

// checkText: each byte that is no text may have become U+FFFD, which has three.
func checkText(t *testing.T, text string, most int) {
	t.Helper()
	if !utf8.ValidString(text) || strings.Contains(text, "\x00") || len(text) > 3*most {
		t.Errorf("%q is no text of at most %d bytes", text, most)
	}
}
