package fault

import (
	"strings"
	"testing"
	"time"
)

// A script is the faults of its lines; one that is refused is refused for the line that is named.
func FuzzParseScript(f *testing.F) {
	f.Add("# a bad day\n\nat 12s for 5s half-open 10%\n  drop every 1m # flapping\n")
	f.Add("drop\n\nnak for")
	f.Add("drop#\r\n#\x00\nnak")
	f.Fuzz(func(t *testing.T, text string) {
		script, err := ParseScript(text)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "line ") || script != nil {
				t.Errorf("%q gives %v, %v", text, script, err)
			}
			return
		}
		var lines strings.Builder
		for _, spec := range script {
			lines.WriteString(spec.String() + "\n")
		}
		again, err := ParseScript(lines.String())
		if err != nil || len(again) != len(script) {
			t.Errorf("%q became %q, which is %v, %v", text, lines.String(), again, err)
		}
	})
}

// Whatever faults are started: their moments come in order, none before its fault was started, those of one panel
// begin and end by turns, and they do not all come at once.
func FuzzSchedule(f *testing.F) {
	f.Add("half-open every 10s for 5s\ndrop every 1ms", uint64(1), int64(time.Second))
	f.Add("nak at 2562047h for 2562047h", uint64(1), int64(time.Hour))
	f.Add("drop every 2562047h", uint64(1), int64(time.Hour))
	f.Add("half-open for 1ms every 1ms serial 2\nnak share 0.001% for 1s", uint64(7), int64(0))
	f.Fuzz(func(t *testing.T, text string, seed uint64, start int64) {
		script, err := ParseScript(text)
		if err != nil || len(script) > 5 {
			return
		}
		const age = 100 * 365 * 24 * time.Hour
		now := time.Duration(uint64(start) % uint64(age))
		s := NewSchedule(seed, serials(3))
		for _, spec := range script {
			s.Start(spec, now)
		}
		const most = 1000 // of moments, a good deal more than there are in a tenth of a second
		last, has := now, make(map[[2]uint64]bool)
		for range most {
			m, any := s.Next(now + 100*time.Millisecond)
			if !any {
				return
			}
			if m.At < last {
				t.Fatalf("%q: %v comes after %v", text, m.At, last)
			}
			last = m.At
			at := [2]uint64{uint64(m.Fault()), m.Serial}
			if lasts := m.fault.kind.lasts; lasts && has[at] == m.Begins {
				t.Fatalf("%q: fault %d at %d begins %v again", text, m.Fault(), m.Serial, m.Begins)
			}
			has[at] = m.Begins
		}
		if last == now {
			t.Fatalf("%q: %d moments at once", text, most)
		}
	})
}
