package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"mercury-driver/sim/fleet/fault"
)

// faultCommand is list, start KIND, or stop ID.
func faultCommand(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	f := newControlFlags("fault", "list | start KIND | stop ID [flags]; fault start -h shows the kinds", stdout, stderr)
	switch {
	case len(args) == 0:
		return f.fault("want list, start KIND or stop ID")
	case args[0] == "list":
		return listFaults(ctx, args[1:], stdout, stderr)
	case args[0] == "start":
		return startFault(ctx, args[1:], stdout, stderr)
	case args[0] == "stop":
		return stopFault(ctx, args[1:], stdout, stderr)
	}
	if status, done := f.parse(args); done {
		return status
	}
	return f.fault("%q is not list, start or stop", args[0])
}

func listFaults(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	f := newControlFlags("fault list", "[flags]", stdout, stderr)
	asJSON := f.jsonFlag()
	if status, done := f.parseAll(args); done {
		return status
	}
	faults, err := f.fleet.Faults(ctx)
	if err != nil {
		return f.failed(err)
	}
	for _, one := range faults {
		if *asJSON {
			json.NewEncoder(stdout).Encode(one)
			continue
		}
		fmt.Fprintf(stdout, "%4d  %-50s at %d of %d panels, begun %d times\n", one.ID, one.Spec, one.Active, one.Panels, one.Times)
	}
	return exitOK
}

func startFault(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	f := newControlFlags("fault start", "KIND [flags]", stdout, stderr)
	var spec fault.Spec
	for _, w := range fault.Words {
		f.Func(w.Name, w.Usage, func(value string) error { return w.Set(&spec, value) })
	}
	if len(args) == 0 {
		return f.fault("want KIND")
	}
	if isHelp(args[0]) {
		f.help(stdout)
		printFaults(stdout)
		return exitOK
	}
	spec.Kind = args[0]
	if status, done := f.parseAll(args[1:]); done {
		return status
	}
	if wrong := (*fault.Error)(nil); errors.As(spec.Check(), &wrong) {
		return f.fault("%s", asFlag(wrong))
	}
	started, err := f.fleet.Start(ctx, spec)
	if err != nil {
		return f.failed(err)
	}
	fmt.Fprintf(stdout, "fault %d: %s, at %d of the panels\n", started.ID, started.Spec, started.Panels)
	return exitOK
}

// asFlag is a fault's error about one of its words, which are flags here.
func asFlag(wrong *fault.Error) string {
	if wrong.Word == "" {
		return wrong.Text
	}
	return "-" + wrong.Error()
}

func stopFault(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	f := newControlFlags("fault stop", "ID [flags]", stdout, stderr)
	if len(args) == 0 {
		return f.fault("want ID; fault list shows them")
	}
	if isHelp(args[0]) {
		f.help(stdout)
		return exitOK
	}
	id, err := strconv.Atoi(args[0])
	if err != nil {
		return f.fault("%q is no number of a fault", args[0])
	}
	if status, done := f.parseAll(args[1:]); done {
		return status
	}
	if err := f.fleet.Stop(ctx, id); err != nil {
		return f.failed(err)
	}
	fmt.Fprintf(stdout, "fault %d: stopped\n", id)
	return exitOK
}

func printFaults(w io.Writer) {
	fmt.Fprintln(w, "kinds; a panel with the fault")
	for _, k := range fault.Kinds() {
		var flags string
		if k.By != "" {
			flags += " -by SPAN"
		}
		if k.Commands {
			flags += " [-chance N%]"
		}
		if k.Lasts {
			flags += " [-for SPAN]"
		}
		fmt.Fprintf(w, "  %-15s %-35s %s\n", k.Name, flags, k.Summary)
	}
}
