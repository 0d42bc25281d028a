//go:build !mpl

package cvendor_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// An older binary is not left to be mistaken for the one that could not be built, or that was built and refused.
func TestFailedBuildLeavesNoDriver(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(sandbox){
		"no library":          func(sandbox) {},
		"it does not compile": func(s sandbox) { s.putLibrary("1.0"); s.write("driver/main.go", "package main\n\nsyntax\n") },
		"it is linked with another": func(s sandbox) {
			s.putLibrary("1.0")
			s.write("driver/main.go", "package main\n\nimport \"os\"\n\nfunc main() { os.Stdout.WriteString(\"library: simulator\\n\") }\n")
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSandbox(t)
			s.copy("../Makefile", "Makefile")
			s.write("bin/mercury-driver", "of an earlier build")
			prepare(s)
			out := s.fails("make", "driver", "TAGS=mpl")
			if _, err := os.Stat(filepath.Join(s.dir, "bin/mercury-driver")); !os.IsNotExist(err) {
				t.Errorf("bin/mercury-driver is still there (%v) after\n%s", err, out)
			}
		})
	}
}

// Whoever asks for MPL does not get the simulator. The make that may run this test is none of its business.
func TestTagsThatAreNotKnown(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	s.copy("../Makefile", "Makefile")
	s.copy("../Dockerfile", "Dockerfile")
	for _, tags := range []string{"MPL", "bogus", "mpl mpl", "mpl,race"} {
		for name, command := range map[string]string{
			"driver": "make driver", "all": "make build", "the demo": "make run", "the image": "make image",
			"the step of the Dockerfile": "$(sed -n 's/^RUN \\(make .*\\)/\\1/p' Dockerfile)",
		} {
			t.Run(tags+" for "+name, func(t *testing.T) {
				out := s.fails("env", "-u", "MAKELEVEL", "-u", "MAKEFLAGS", "TAGS="+tags, "sh", "-c", command)
				if !strings.Contains(out, "TAGS="+tags+" is not known") || strings.Count(out, "\n") != 1 {
					t.Errorf("it says %q", out)
				}
			})
		}
	}
}
