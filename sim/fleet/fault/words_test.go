package fault

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	for line, want := range map[string]struct {
		spec Spec
		says string // "": the line itself
	}{
		"half-open":               {Spec{Kind: "half-open"}, ""},
		"half-open at 12s for 5s": {Spec{Kind: "half-open", At: 12 * time.Second, For: 5 * time.Second}, ""},
		"at 12s for 5s half-open 10%": {Spec{Kind: "half-open", Share: 0.1, At: 12 * time.Second, For: 5 * time.Second},
			"half-open share 10% at 12s for 5s"},
		"drop serial 61000,61010-61019 every 500ms": {Spec{Kind: "drop", Every: time.Second / 2,
			Serials: Serials{{61000, 61000}, {61010, 61019}}}, ""},
		"nak chance 2.5%":          {Spec{Kind: "nak", Chance: 0.025}, ""},
		"clock-jump by -1h":        {Spec{Kind: "clock-jump", By: -time.Hour}, "clock-jump by -1h0m0s"},
		" late-reply\tby 3s 100% ": {Spec{Kind: "late-reply", By: 3 * time.Second, Share: 1}, "late-reply share 100% by 3s"},
	} {
		got, err := Parse(line)
		if err != nil || !reflect.DeepEqual(got, want.spec) {
			t.Errorf("%q: %+v, %v", line, got, err)
		}
		if want.says == "" {
			want.says = line
		}
		if got.String() != want.says {
			t.Errorf("%q says %q", line, got)
		}
	}
}

func TestWhatMakesNoSense(t *testing.T) {
	for line, want := range map[string]string{
		"":                                       "no kind of fault is named; there are nak, late-reply",
		"for 5s":                                 "no kind of fault is named",
		"rust":                                   `"rust" is no kind of fault; there are nak`,
		"drop half-open":                         `"half-open" says nothing of a fault; there are serial, share, at,`,
		"drop for 5s":                            "for: drop is over at once",
		"drop for 5s every 1s":                   "for: drop is over at once; what comes every so often ends with fault stop",
		strings.Repeat("\x7fELF", 999):           `"\x7fELF\x7fELF`,
		"nak " + strings.Repeat("x", 999):        `"xxxxxxxxxx`,
		"nak serial " + strings.Repeat("x", 999): `serial: "xxxxxxxxxx`,
		"nak " + strings.Repeat("9", 999) + "%":  `999999`,
		"nak for " + strings.Repeat("x", 999):    `for: "xxxxxxxxxx`,
		"nak share " + strings.Repeat("x", 999):  `share: "xxxxxxxxxx`,
		"half-open for":                          "for: says nothing: lasts for",
		"half-open for ever":                     `for: "ever" is no span`,
		"half-open for 0s":                       `for: "0s" is no span`,
		"half-open at -1s":                       `at: "-1s" is no span`,
		"half-open at 8761h":                     `at: "8761h" is no span like 10s or 500ms, up to 8760h`,
		"clock-jump by -8761h":                   `by: "-8761h" is no span`,
		"half-open every 10s":                    "for: missing",
		"half-open every 1us for 1s":             `every: "1us" is no span`,
		"half-open by 5s":                        "by: half-open knows no measure",
		"late-reply":                             "by: missing: how late",
		"late-reply by -1s":                      "by: -1s is less than none",
		"drop chance 5%":                         "chance: drop is no fault of commands",
		"nak chance 0.5":                         `chance: "0.5" is no share`,
		"nak 0%":                                 `0%: "0%" is no share like 10%: want more than 0%, and 100% at most`,
		"nak share 101%":                         `share: "101%" is no share`,
		"nak share NaN%":                         `share: "NaN%" is no share`,
		"nak serial 0":                           `serial: "0" is no serial number`,
		"nak serial 5-4":                         `serial: "5-4" is no serial number`,
		"nak serial 5,":                          `serial: "" is no serial number`,
		"nak serial 9223372036854775808":         `serial: "9223372036854775808" is no serial`,
	} {
		_, err := Parse(line)
		var fault *Error
		if !errors.As(err, &fault) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", line, err, want)
		}
		if len(err.Error()) > 500 {
			t.Errorf("an error of %d bytes", len(err.Error()))
		}
	}
}

func TestScripts(t *testing.T) {
	got, err := ParseScript("# a bad day\n\nat 12s for 5s half-open 10%\n  drop every 1m # flapping\n")
	if err != nil || len(got) != 2 || got[0].Kind != "half-open" || got[1].Every != time.Minute {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := ParseScript("drop\n\nnak for"); err == nil || !strings.HasPrefix(err.Error(), "line 3: for: ") {
		t.Error(err)
	}
}

// Each kind can be asked for as it says of itself, and no otherwise.
func TestKinds(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range Kinds() {
		for words, takes := range map[string]bool{"by 5s": k.By != "", "chance 5%": k.Commands, "for 5s": k.Lasts} {
			line := k.Name + " " + words
			if k.By != "" && words != "by 5s" {
				line += " by 1s"
			}
			if _, err := Parse(line); (err == nil) != takes {
				t.Errorf("%s: %v", line, err)
			}
		}
		if seen[k.Name] || k.Summary == "" {
			t.Errorf("%s is there twice, or says nothing", k.Name)
		}
		seen[k.Name] = true
	}
}

// Lines come from files and over HTTP: one that is taken says itself again.
func FuzzParse(f *testing.F) {
	f.Add("at 12s for 5s half-open 10%")
	f.Add("drop serial 61000,61010-61019 every 500ms")
	f.Add("late-reply by 3s chance 2.5%")
	f.Add("clock-jump by -1h share 33.3333333%")
	f.Fuzz(func(t *testing.T, line string) {
		spec, err := Parse(line)
		if err != nil {
			return
		}
		again, err := Parse(spec.String())
		if err != nil || again.String() != spec.String() {
			t.Errorf("%q says %q, which says %q (%v)", line, spec, again, err)
		}
	})
}
