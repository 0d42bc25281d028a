//go:build !mpl

package main

import (
	"strings"
	"testing"

	"mercury-driver/sim/libmpl/conform"
)

// One archive, one program: each exchange runs in a process of its own.
func TestArchive(t *testing.T) {
	program := build(t)
	t.Run("conforms", func(t *testing.T) {
		conform.Run(t, func(t *testing.T) conform.Library {
			p := start(t, program)
			t.Cleanup(p.end)
			return p
		})
	})
	t.Run("names itself", func(t *testing.T) {
		p := start(t, program)
		defer p.end()
		if got := p.ask("version"); got != "simulator" {
			t.Error(got)
		}
	})
	t.Run("aborts on a breach", func(t *testing.T) {
		p := start(t, program)
		p.in.Write([]byte("overlap 0\n"))
		err := p.exited()
		if said := p.errors.String(); err == nil || !strings.HasPrefix(said, "libmpl: scp") ||
			!strings.Contains(said, "two threads take messages") {
			t.Errorf("the program ended with %v, and said %.500q", err, said)
		}
		t.Log(err)
	})
}
