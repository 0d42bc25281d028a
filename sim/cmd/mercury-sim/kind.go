package main

import (
	"fmt"
	"io"
	"strings"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// kind is one kind of command as mercury-sim send takes it.
type kind struct {
	name    string
	summary string
	// action gives the command its action, and that the flags that fill it.
	action func(c *pb.Command, f *actionFlags)
}

func kinds() []kind {
	all := make([]kind, 0, 16)
	for _, some := range [][]kind{doorKinds, pointKinds, cardKinds, systemKinds} {
		all = append(all, some...)
	}
	return all
}

func findKind(name string) (kind, bool) {
	for _, k := range kinds() {
		if k.name == name {
			return k, true
		}
	}
	return kind{}, false
}

func printKinds(w io.Writer) {
	for _, k := range kinds() {
		f := &actionFlags{flagSet: newFlagSet("", "", io.Discard, io.Discard)}
		k.action(&pb.Command{}, f)
		fmt.Fprintf(w, "  %-14s %-58s %s\n", k.name, f.synopsis(), k.summary)
	}
}

// kindNames names all kinds in one line.
func kindNames() string {
	var names []string
	for _, k := range kinds() {
		names = append(names, k.name)
	}
	return strings.Join(names, ", ")
}
