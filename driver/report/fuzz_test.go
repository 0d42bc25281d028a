package report

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Whatever a run left in its notes, its end is told, in one line of the log; and a crash is told once, from a
// text that is kept and of which the log gets a bounded part.
func FuzzReadLast(f *testing.F) {
	f.Add([]byte(`{"pid":7,"started":"2026-01-31T12:00:00Z","exit":null}`), []byte("panic: oh\n\ngoroutine 1 [running]:\n"))
	f.Add([]byte(`{"pid":7,"started":"2026-01-31T12:00:00Z","exit":1}`), []byte("of an older run"))
	f.Add([]byte(`{"pid":7,"star`), []byte{})
	f.Add([]byte(`{"started":"9999-12-31T23:59:59.999999999-23:59"}`), bytes.Repeat([]byte("\xff"), textMost+1))
	f.Fuzz(func(t *testing.T, run, crash []byte) {
		base := filepath.Join(t.TempDir(), "mercury-driver-5001")
		if err := os.WriteFile(base+".crash", crash, 0o600); err != nil {
			t.Fatal(err)
		}
		last, err := readLast(bytes.NewReader(run), base)
		if err != nil {
			t.Fatal(err)
		}
		if crashed := len(run) > 0 && len(crash) > 0 && last.Ending != Ended; (last.Ending == Crashed) != crashed {
			t.Fatalf("%q", last.Ending)
		}
		if len(last.Text) > textMost || !strings.HasPrefix(string(crash), last.Text) {
			t.Errorf("%d bytes of a crash: %q", len(last.Text), last.Text)
		}
		if kept, err := os.ReadFile(base + ".crash.last"); last.Ending == Crashed && !bytes.Equal(kept, crash) {
			t.Errorf("kept %q, %v", kept, err)
		}
		var told bytes.Buffer
		last.Report(slog.New(slog.NewJSONHandler(&told, nil)))
		if bytes.Count(told.Bytes(), []byte("\n")) != map[bool]int{true: 1}[last.Ending != Unknown] || told.Len() > 0 && !json.Valid(told.Bytes()) {
			t.Errorf("%q is told as %q", last.Ending, told.String())
		}
		if again, err := readLast(bytes.NewReader(run), base); err != nil || again.Ending == Crashed {
			t.Errorf("told again: %q, %v", again.Ending, err)
		}
	})
}

// Whatever stands around secrets, and however they overlap: nothing of them is left.
func FuzzScrub(f *testing.F) {
	f.Add("dial redis://:", "pl4nted-p4ss/word", "@cache", "pl4n")
	f.Add(`{"err":"`, `pass"word`, `"}`, `ss"w`)
	f.Add("aaaaa", "aaaa", "aaaaa", "aaaaaa")
	f.Fuzz(func(t *testing.T, before, secret, after, other string) {
		if len(secret) < 4 || strings.Contains(secret+other, "*") {
			return
		}
		s := newScrubber([]string{secret, other})
		if text := s.text(before + secret + after); strings.Contains(text, secret) {
			t.Errorf("%q beside %q is left in %q", secret, other, text)
		}
	})
}
