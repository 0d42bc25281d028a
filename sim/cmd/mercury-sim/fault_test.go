package main

import (
	"regexp"
	"strings"
	"testing"
)

// ok is a call that must work, and what it printed.
func ok(t *testing.T, args ...string) string {
	t.Helper()
	status, stdout, stderr := call(args...)
	if status != exitOK || stderr != "" {
		t.Fatalf("%s: status %d, stderr %q", strings.Join(args, " "), status, stderr)
	}
	return stdout
}

func TestAFleetUnderControl(t *testing.T) {
	f := start(t, "fleet", "-connect", "127.0.0.1:9", "-panels", "3", "-first-serial", "61000", "-seed", "1", "-scenario", "idle",
		"-control", ":0", "-fault", "nak chance 2%")
	control := f.addr(t)
	if !strings.HasPrefix(control, "127.0.0.1:") {
		t.Errorf("anybody can ask it, on %s", control)
	}
	ask := func(words string) string {
		t.Helper()
		return ok(t, append(strings.Fields(words), "-control", control)...)
	}
	until(t, "the fault of the command line begins", func() bool {
		return regexp.MustCompile(`^ +1  nak chance 2% +at 3 of 3 panels, begun 3 times\n$`).MatchString(ask("fault list"))
	})
	if got := ask("fault start half-open -serial 61001 -for 1h"); got != "fault 2: half-open serial 61001 for 1h0m0s, at 1 of the panels\n" {
		t.Error(got)
	}
	until(t, "it begins", func() bool { return strings.HasSuffix(ask("panel 61001"), ", nak half-open\n") })
	if got := ask("fault list -json"); !strings.HasSuffix(got, `{"id":2,"fault":"half-open serial 61001 for 1h0m0s","panels":1,"active":1,"times":1}`+"\n") {
		t.Error(got)
	}
	if got := ask("fault stop 1"); got != "fault 1: stopped\n" {
		t.Error(got)
	}
	until(t, "it is over", func() bool { return strings.HasSuffix(ask("panel 61000"), "relay moves 0\n") })
	if got, want := ask("panel 61000 swipe -reader 1 -card 1001"),
		"   61000  dialling  log 1/1-2 acknowledged 0, commands 0, relay moves 1\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := ask("panel list -json"); strings.Count(got, "\n") != 3 || !strings.HasPrefix(got, `{"serial":61000,"up":true,"attached":false,`) {
		t.Error(got)
	}
	for _, said := range []string{"fault is planned", "fault is started", "fault is stopped"} {
		if !strings.Contains(f.stdout.String(), said) {
			t.Errorf("the fleet does not say that a %s", said)
		}
	}
	if status := f.stop(); status != exitOK {
		t.Errorf("the fleet ended with %d: %s", status, f.stderr.String())
	}
}

func TestWhatAFleetRefuses(t *testing.T) {
	control := start(t, "fleet", "-connect", "127.0.0.1:9", "-panels", "1", "-first-serial", "61000", "-control", "127.0.0.1:0").addr(t)
	for words, want := range map[string]string{
		"fault stop 9":                    "there is no fault 9",
		"fault start drop -serial 5":      "there is no panel with serial 5",
		"panel 5":                         "there is no panel 5",
		"panel 5 exit -door 1":            "there is no panel 5",
		"fault list -control 127.0.0.1:1": "the fleet at 127.0.0.1:1 can not be reached; start one with fleet -control 127.0.0.1:1, or say with -control where one is (dial",
	} {
		args := strings.Fields(words)
		if !strings.Contains(words, "-control") {
			args = append(args, "-control", control)
		}
		status, stdout, stderr := call(args...)
		if status != exitFailed || stdout != "" || !strings.Contains(stderr, want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: status %d, %q, %q", words, status, stdout, stderr)
		}
	}
}

func TestFaultAndPanelNameABadArgument(t *testing.T) {
	for args, want := range map[string]string{
		"fault":                              "want list, start KIND or stop ID",
		"fault mend":                         `"mend" is not list, start or stop`,
		"fault list all":                     `"all"`,
		"fault start":                        "want KIND",
		"fault start rust":                   `"rust" is no kind of fault; there are nak`,
		"fault start drop -for 5s":           "-for: drop is over at once (-h",
		"fault start drop -every 1s -for 9s": "-for: drop is over at once; what comes every so often ends with fault stop",
		"fault start late-reply":             "-by: missing: how late replies are",
		"fault start nak -share 5":           `-share: "5" is no share like 10%`,
		"fault stop":                         "want ID",
		"fault stop all":                     `"all" is no number of a fault`,
		"fault stop 1 2":                     `"2"`,
		"fault list -control nonsense":       "-control: want host:port",
		"panel list -control :nonsense":      "-control: want host:port",
		"panel":                              "acts are swipe, pin",
		"panel x":                            `"x" is no serial number`,
		"panel 5 dance":                      `"dance" is no act; there are swipe`,
		"panel 5 swipe -reader 1":            "-card is missing",
		"panel 5 swipe -reader 5 -card 1":    "-reader: want 1 to 4",
		"panel list -card 1":                 "-card",
	} {
		if status, stdout, stderr := call(strings.Fields(args)...); status != exitUsage || stdout != "" || !strings.Contains(stderr, want) {
			t.Errorf("%s: status %d, stdout %q, stderr %q; want 64 and %q", args, status, stdout, stderr, want)
		}
	}
}

// Help names each kind of fault, and each act.
func TestHelpOfFaultAndPanel(t *testing.T) {
	for args, want := range map[string]string{
		"fault -h": "list | start", "fault list -h": "-json", "fault start -h": "half-open", "fault start drop -h": "-every", "fault stop -h": "ID",
		"panel -h": "force-door", "panel --help": "-json", "panel list -h": "-json", "panel 5 -h": "-json", "panel 5 swipe -h": "-card",
	} {
		if got := ok(t, strings.Fields(args)...); !strings.Contains(got, "usage: mercury-sim ") || !strings.Contains(got, want) {
			t.Errorf("%s: %s", args, got)
		}
	}
}
