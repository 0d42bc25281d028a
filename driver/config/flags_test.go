package config

import (
	"errors"
	"strings"
	"testing"
)

func TestParseFlags(t *testing.T) {
	tests := []struct {
		name  string
		args  []string
		want  Flags
		fault string // is in the error
	}{
		{"none", nil, Flags{}, ""},
		{"port", []string{"-port", "5001"}, Flags{Port: "5001"}, ""},
		{"two dashes and equals", []string{"--port=5001", "-check-config"}, Flags{Port: "5001", CheckConfig: true}, ""},
		{"version", []string{"-version"}, Flags{Version: true}, ""},
		{"help", []string{"-h"}, Flags{Help: true}, ""},
		{"help in full", []string{"-port", "1", "--help"}, Flags{Help: true}, ""},
		{"unknown flag", []string{"-prot", "5001"}, Flags{}, "-prot"},
		{"port without number", []string{"-port"}, Flags{}, "-port"},
		{"port is no number", []string{"-port", "x"}, Flags{}, `"x" for flag -port: want a whole number from 1 to 65535`},
		{"port too high", []string{"-port", "65536"}, Flags{}, "-port: want a whole number"},
		{"port 0", []string{"-port", "0"}, Flags{}, "-port: want a whole number"},
		{"neither true nor false", []string{"-check-config=maybe"}, Flags{}, `"maybe" for -check-config: want true or false`},
		{"false", []string{"-check-config=false"}, Flags{}, ""},
		{"an argument", []string{"-version", "5001"}, Flags{}, `"5001"`},
		{"a secret as an argument", []string{"REDIS_URL=redis://u:se/cret@h"}, Flags{}, `"REDIS_URL=redis://***" is not understood`},
		{"a secret as a value", []string{"-port", "redis://u:secret@h"}, Flags{}, `"redis://***" for flag -port: want a whole number`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := ParseFlags(test.args)
			if got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
			var usage *UsageError
			switch {
			case test.fault == "" && err != nil:
				t.Errorf("fault: %v", err)
			case test.fault != "" && (!errors.As(err, &usage) || usage.ExitCode() != 64 || !strings.Contains(err.Error(), test.fault)):
				t.Errorf("got %v, want a usage error with %s", err, test.fault)
			}
		})
	}
}

func TestHelpHasEverything(t *testing.T) {
	help := Help()
	for _, flag := range []string{"-port", "-version", "-check-config", "-h"} {
		if !strings.Contains(help, "\n  "+flag) {
			t.Errorf("no %s in:\n%s", flag, help)
		}
	}
	for _, s := range settings {
		for _, part := range []string{"\n  " + s.key + " (", s.standing(), s.meaning, s.want} {
			if !strings.Contains(help, part) {
				t.Errorf("%s: no %q in the help", s.key, part)
			}
		}
	}
}
