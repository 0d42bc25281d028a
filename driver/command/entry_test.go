package command

import (
	"testing"
	"time"
)

func TestBornAfter(t *testing.T) {
	// Redis's clock is wrong by years, and the answer took a second.
	sent := time.Now()
	asked := stamp{sent: sent, at: time.UnixMicro(1_000_000_000_700)}
	for name, test := range map[string]struct {
		id   string
		want time.Time
	}{
		"a minute ago":                 {"999940000-0", sent.Add(-time.Minute - 700*time.Microsecond)},
		"in this millisecond":          {"1000000000-7", sent.Add(-700 * time.Microsecond)},
		"a clock that was set back":    {"1000000001-0", time.Time{}},
		"long ago":                     {"0-1", sent.Add(-1_000_000_000_700 * time.Microsecond)},
		"further ahead than time goes": {"18446744073709551615-1", time.Time{}},
		"no id":                        {"x-1", time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := asked.bornAfter(test.id); !got.Equal(test.want) {
				t.Errorf("born after %v, want %v", got, test.want)
			}
		})
	}
}

func TestOlder(t *testing.T) {
	early, late, none := time.Unix(1, 0), time.Unix(2, 0), time.Time{}
	for _, test := range []struct{ byClock, emptied, want time.Time }{
		{early, late, early}, {late, early, early}, {none, late, late}, {late, none, late}, {none, none, none},
	} {
		if got := older(test.byClock, test.emptied); !got.Equal(test.want) {
			t.Errorf("by clock %v, emptied %v: %v", test.byClock, test.emptied, got)
		}
	}
}

func TestStarted(t *testing.T) {
	now := time.Now()
	for text, want := range map[string]time.Time{
		"# Server\r\nredis_version:7.0.15\r\nuptime_in_seconds:61\r\nuptime_in_days:0\r\n": now.Add(-60 * time.Second),
		"uptime_in_seconds:0\r\n":   now,
		"uptime_in_seconds:-70\r\n": now,
	} {
		if got, err := started(now, text); err != nil || !got.Equal(want) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "uptime_in_seconds:\r\n", "uptime_in_seconds:99999999999999\r\n", "uptime_in_days:1\r\n"} {
		if got, err := started(now, text); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
}
