//go:build !mpl

package cvendor_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// sandbox is a copy of this module's cvendor, whose sdk folder a test may fill.
type sandbox struct {
	t   *testing.T
	dir string
}

func newSandbox(t *testing.T) sandbox {
	s := sandbox{t, t.TempDir()}
	for _, dir := range []string{"cvendor", "scripts"} {
		if err := os.CopyFS(filepath.Join(s.dir, dir), os.DirFS(filepath.Join("..", dir))); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"go.mod", "go.sum"} {
		s.copy(filepath.Join("..", file), file)
	}
	for _, file := range []string{"scp_net.h", "libmpl.a", "scp_features.h"} { // a licensee's own
		if err := os.RemoveAll(filepath.Join(s.dir, "cvendor/sdk", file)); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func (s sandbox) copy(from, to string) {
	s.t.Helper()
	content, err := os.ReadFile(from)
	if err != nil {
		s.t.Fatal(err)
	}
	s.write(to, string(content))
}

func (s sandbox) write(to, content string) {
	s.t.Helper()
	to = filepath.Join(s.dir, to)
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(to, []byte(content), 0o644); err != nil {
		s.t.Fatal(err)
	}
}

// fails runs a command in the sandbox that must fail, and returns all its output.
func (s sandbox) fails(name string, args ...string) string {
	s.t.Helper()
	out, err := s.run(name, args...)
	if err == nil {
		s.t.Fatalf("%s %s succeeded: %s", name, strings.Join(args, " "), out)
	}
	return out
}

// does runs a command in the sandbox that must succeed, and returns all its output.
func (s sandbox) does(name string, args ...string) string {
	s.t.Helper()
	out, err := s.run(name, args...)
	if err != nil {
		s.t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return out
}

func (s sandbox) run(name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir = s.dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// putLibrary compiles the library of testdata/mpl with the given version into the sdk folder.
func (s sandbox) putLibrary(version string) {
	s.copy("testdata/mpl/scp_net.h", "cvendor/sdk/scp_net.h")
	s.copy("testdata/mpl/scp_features.h", "cvendor/sdk/scp_features.h")
	s.does("gcc", "-O2", "-Wall", "-Wextra", "-Werror", `-DVERSION="`+version+`"`,
		"-c", "cvendor/testdata/mpl/libmpl.c", "-o", "libmpl.o")
	s.does("rm", "-f", "cvendor/sdk/libmpl.a")
	s.does("ar", "rcs", "cvendor/sdk/libmpl.a", "libmpl.o")
}

// hash is the archive's, as scripts/sdk-check.sh gives it to the linker.
func (s sandbox) hash() string {
	archive, err := os.ReadFile(filepath.Join(s.dir, "cvendor/sdk/libmpl.a"))
	if err != nil {
		s.t.Fatal(err)
	}
	want := fmt.Sprintf("%x\n", sha256.Sum256(archive))
	if got := s.does("scripts/sdk-check.sh"); got != want {
		s.t.Fatalf("sdk-check.sh prints %q, want %q", got, want)
	}
	return strings.TrimSpace(want)
}

func TestWithoutLibrary(t *testing.T) {
	t.Parallel()
	want := "no library: open the controller library: not linked: import the simulator (sim/libmpl) in main, or build with -tags mpl\n"
	s := newSandbox(t)
	s.does("go", "build", "-o", "identity", "./cvendor/testdata/identity")
	if out := s.fails("./identity"); out != want {
		t.Errorf("it says %q, want %q", out, want)
	}
}

// The tests of careful_test.go, in a binary that is linked with the archive.
func TestMakersLibrary(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	s.putLibrary("1.0")
	s.does("go", "vet", "-tags", "mpl,pretend", "./cvendor")
	s.does("go", "test", "-c", "-tags", "mpl,pretend", "-o", "careful.test", "./cvendor")
	out := s.does("./careful.test", "-test.v", "-test.timeout=60s")
	if !strings.Contains(out, "--- PASS: TestMessagesCross") {
		t.Errorf("the tests did not run:\n%s", out)
	}
	s.does("scripts/no-sim.sh", "careful.test")
}

// A replaced file in the sdk folder is built in without further ado, the archive and scp_features.h alike.
func TestReplacedLibrary(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	identity := func(flags ...string) string {
		s.does("go", append(append([]string{"build", "-tags", "mpl", "-o", "identity"}, flags...), "./cvendor/testdata/identity")...)
		return s.does("./identity")
	}
	s.putLibrary("1.0")
	hash := s.hash()
	want := "{Library:mpl pretend 1.0 sha256:" + hash[:12] + " Waits:false ParallelPosts:false Rewind:true " +
		"CumulativeAck:true ReportUpTo:false Pause:true LogEpochs:false LastHeard:false MaxLinks:1000}\n"
	if got := identity("-ldflags", "-X mercury-driver/cvendor.archiveSHA256="+hash); got != want {
		t.Errorf("the library is %s, want %s", got, want)
	}

	s.putLibrary("2.0")
	s.copy("sdk/scp_features.example.h", "cvendor/sdk/scp_features.h")
	s.does("sed", "-i", "s/HAS_VERSION .*/HAS_VERSION 1/", "cvendor/sdk/scp_features.h")
	want = "{Library:mpl pretend 2.0 (hash of libmpl.a unknown: build with make) Waits:false ParallelPosts:false Rewind:false " +
		"CumulativeAck:false ReportUpTo:false Pause:false LogEpochs:false LastHeard:false MaxLinks:1000}\n"
	if got := identity(); got != want {
		t.Errorf("the replaced library is %s, want %s", got, want)
	}
}

func TestSimulatorIsNoticed(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	s.write("sim/planted/planted.go", "package planted\n\nvar Here = true\n\nfunc Say() { println(Here) }\n")
	s.write("breach/main.go", "package main\n\nimport \"mercury-driver/sim/planted\"\n\nfunc main() { planted.Say() }\n")
	for _, test := range []struct{ flags, want string }{
		{"-tags=mpl", "breach/breach holds packages of the simulator: mercury-driver/sim/planted \n"},
		{"-tags=mpl -ldflags=-s", "breach/breach holds packages of the simulator: mercury-driver/sim/planted \n"},
		{"-tags=other", "breach/breach was not built with -tags mpl\n"},
	} {
		t.Run(test.flags, func(t *testing.T) {
			s.does("go", append(append([]string{"build"}, strings.Fields(test.flags)...), "-o", "breach/", "./breach")...)
			if out := s.fails("scripts/no-sim.sh", "breach/breach"); out != test.want {
				t.Errorf("no-sim.sh says %q, want %q", out, test.want)
			}
		})
	}
}
