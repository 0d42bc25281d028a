package main

import (
	"maps"
	"path"
	"slices"
	"strings"
)

const module = "mercury-driver"

// leaves know nothing of ours but leaves, so that all of the driver may know them.
var leaves = []string{
	"cvendor/scp", "proto", "driver/config", "driver/encoded", "driver/thread", "driver/title", "driver/report",
}

// rooms says what of ours a folder, and those below it, may import besides each other; in the driver all
// may import the leaves too. A folder of the driver that is not named here starts with the leaves alone.
var rooms = map[string][]string{
	"cvendor":           {"cvendor/scp"},
	"driver":            {"driver", "cvendor"},
	"driver/admin":      {"driver/controller"},
	"driver/certs":      {},
	"driver/controller": {},
	"driver/encoded":    {"cvendor/scp", "proto"},
	"driver/event":      {"driver/controller"},
	"driver/command":    {"driver/controller", "driver/pool"}, // its tests post what they hear
	"driver/pool":       {"driver/controller"},
	"driver/spool":      {},
	"driver/uplink":     {},
	"sim":               {"cvendor/scp", "proto"},
	"scripts":           {"proto"},
	"scripts/bench":     {"cvendor", "driver/thread", "sim", "proto"},

	// Limits of the benchmark: a part of either side by itself.
	"scripts/bench/inserter": {"scripts/bench", "sim/app", "proto"},
	"scripts/bench/spooler":  {"scripts/bench", "driver/spool", "driver/encoded", "cvendor/scp", "proto"},

	// It runs both sides in one process; its oracle judges them, and so shares no code with either.
	"scripts/simulate":        {"driver", "sim", "cvendor/scp", "proto"},
	"scripts/simulate/oracle": {"cvendor/scp", "proto"},
}

// linkFile alone in the driver may import simulator: a build with -tags mpl leaves it out.
const (
	linkFile  = "driver/link_sim.go"
	simulator = "sim/libmpl"
)

// checkImports holds the imports of a file against the rooms. Tests may import the simulator too, except
// those of scripts, which judge both sides and so share no code with either, but where their room says so.
func checkImports(f *file) []breach {
	allowed := mayImport(f)
	var breaches []breach
	for _, spec := range f.syntax.Imports {
		target, ours := strings.CutPrefix(importPath(spec), module+"/")
		if ours && !slices.ContainsFunc(allowed, func(folder string) bool { return within(target, folder) }) {
			breaches = append(breaches, f.breach(spec, "%s may not import %s, only %s: take what it needs "+
				"through an interface of its own, or move the code", f.folder, target, list(allowed)))
		}
	}
	return breaches
}

func mayImport(f *file) []string {
	room := roomOf(f.folder)
	allowed := append([]string{room}, rooms[room]...)
	if within(room, "driver") && !slices.Contains(leaves, room) {
		allowed = append(allowed, leaves...)
	}
	if f.path == linkFile {
		allowed = append(allowed, simulator)
	}
	if f.test() && !within(f.folder, "scripts") {
		allowed = append(allowed, "sim")
	}
	return allowed
}

// roomOf returns the leaf or room that a folder belongs to, else, for what nobody has named yet, itself.
func roomOf(folder string) string {
	named := slices.AppendSeq(slices.Clone(leaves), maps.Keys(rooms))
	for at := folder; at != "."; at = path.Dir(at) {
		if slices.Contains(named, at) && (at != "driver" || folder == "driver") {
			return at
		}
	}
	return folder
}

func within(folder, above string) bool {
	return folder == above || strings.HasPrefix(folder, above+"/")
}

func list(folders []string) string {
	sorted := slices.Sorted(slices.Values(folders))
	return strings.Join(slices.Compact(sorted), ", ")
}
