package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"mercury-driver/sim/fleet"
	"mercury-driver/sim/fleet/act"
)

// panelCommand is list, SERIAL, or SERIAL ACT.
func panelCommand(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	f := newControlFlags("panel", "list | SERIAL [ACT] [flags]", stdout, stderr)
	if len(args) == 0 {
		return f.fault("want list, or SERIAL, or SERIAL ACT; acts are %s", act.Names())
	}
	if isHelp(args[0]) {
		f.jsonFlag() // of a list and of one panel
		f.help(stdout)
		printActs(stdout)
		return exitOK
	}
	if args[0] == "list" {
		return showPanels(ctx, args, stdout, stderr, func(f *controlFlags) ([]fleet.State, error) { return f.fleet.Panels(ctx) })
	}
	serial, err := parseSerial(args[0])
	if err != nil {
		return f.fault("%v", err)
	}
	if len(args) > 1 && !strings.HasPrefix(args[1], "-") {
		return actAt(ctx, serial, args, stdout, stderr)
	}
	return showPanels(ctx, args, stdout, stderr, func(f *controlFlags) ([]fleet.State, error) {
		state, err := f.fleet.Panel(ctx, serial)
		return []fleet.State{state}, err
	})
}

// showPanels prints the panels that ask asks for; the first of args was taken.
func showPanels(ctx context.Context, args []string, stdout, stderr io.Writer, ask func(*controlFlags) ([]fleet.State, error)) int {
	f := newControlFlags("panel "+args[0], "[flags]", stdout, stderr)
	asJSON := f.jsonFlag()
	if status, done := f.parseAll(args[1:]); done {
		return status
	}
	states, err := ask(f)
	if err != nil {
		return f.failed(err)
	}
	for _, s := range states {
		if *asJSON {
			json.NewEncoder(stdout).Encode(s)
		} else {
			fmt.Fprintln(stdout, panelLine(s))
		}
	}
	return exitOK
}

// panelLine prints which panel, how its link is, its log, what it was told and did, and what is wrong with it.
func panelLine(s fleet.State) string {
	link := "attached"
	switch {
	case !s.Up:
		link = "down"
	case !s.Attached:
		link = "dialling"
	}
	line := fmt.Sprintf("%8d  %-8s  log %d/%d-%d acknowledged %d, commands %d, relay moves %d", s.Serial, link,
		s.LogEpoch, s.Oldest, s.Newest, s.Acknowledged, s.Commands, s.Moves)
	if len(s.Faults) > 0 {
		line += ", " + strings.Join(s.Faults, " ")
	}
	return line
}

// actAt does SERIAL ACT [flags].
func actAt(ctx context.Context, serial uint64, args []string, stdout, stderr io.Writer) int {
	asked := newControlFlags("panel "+args[0]+" "+args[1], "[flags]", stdout, stderr)
	kind, known := act.Find(args[1])
	if !known {
		return asked.fault("%q is no act; there are %s", args[1], act.Names())
	}
	f := &actionFlags{flagSet: asked.flagSet}
	a := act.Act{Name: kind.Name, Numbers: map[string]uint64{}}
	for _, n := range kind.Needs {
		f.numberOf(a, n)
	}
	if status, done := f.parseAll(args[2:]); done {
		return status
	}
	if err := f.check(); err != nil {
		return f.fault("%v", err)
	}
	state, err := asked.fleet.Act(ctx, serial, a)
	if err != nil {
		return f.failed(err)
	}
	fmt.Fprintln(stdout, panelLine(state))
	return exitOK
}

// numberOf is a number that an act needs.
func (f *actionFlags) numberOf(a act.Act, n act.Number) {
	wanted := fmt.Sprintf("%d to %d", n.Least, n.Most)
	f.need(n.Name, "N", "`number`, "+wanted, func(text string) error {
		value, err := strconv.ParseUint(text, 10, 64)
		if err != nil || value < n.Least || value > n.Most {
			return fmt.Errorf("want %s", wanted)
		}
		a.Numbers[n.Name] = value
		return nil
	})
}

func printActs(w io.Writer) {
	fmt.Fprintln(w, "acts")
	for _, k := range act.Kinds {
		var flags []string
		for _, n := range k.Needs {
			flags = append(flags, "-"+n.Name+" N")
		}
		fmt.Fprintf(w, "  %-15s %-20s %s\n", k.Name, strings.Join(flags, " "), k.Summary)
	}
}
