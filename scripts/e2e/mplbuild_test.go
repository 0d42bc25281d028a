package e2e

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// pretendLog is how many transactions the pretend library's controller has: many more than fit in a batch.
const pretendLog = 6000

// mplProgram is the driver as a licensee builds it, linked with the small library of cvendor/testdata. That it can say
// why it refused a command is the one line that is raised here.
var mplProgram = sync.OnceValues(func() (string, error) {
	return buildMPL("mpl", "", "ERROR_TEXT     0", "ERROR_TEXT     1")
})

// onceProgram is the driver with such a library that says each transaction once.
var onceProgram = sync.OnceValues(func() (string, error) {
	return buildMPL("once", "-DONCE", "HAS_REWIND         1", "HAS_REWIND         0")
})

// buildMPL builds a driver in a module of its own, with a flag for the library's compiler, and texts in place of others
// in what the library says that it offers.
func buildMPL(name, flag string, features ...string) (program string, err error) {
	m := module{filepath.Join(filepath.Dir(driverProgram), name)}
	if err := m.copy("cvendor", "driver", "proto", "scripts"); err != nil {
		return "", err
	}
	if err := m.putLibrary(flag, features); err != nil {
		return "", err
	}
	said, err := m.run("scripts/sdk-check.sh")
	if err != nil {
		return "", err
	}
	lines := strings.Fields(said) // the last line is the hash
	hash := lines[len(lines)-1]
	program = filepath.Join(m.dir, "mercury-driver")
	_, err = m.run("go", "build", "-race="+raceDetector, "-tags", "mpl", "-o", program,
		"-ldflags", "-X mercury-driver/cvendor.archiveSHA256="+hash, "./driver")
	return program, err
}

// module is a copy of what the driver is built from.
type module struct{ dir string }

func (m module) copy(folders ...string) error {
	const root = "../.."
	for _, folder := range folders {
		if err := os.CopyFS(filepath.Join(m.dir, folder), os.DirFS(filepath.Join(root, folder))); err != nil {
			return err
		}
	}
	for _, file := range []string{"go.mod", "go.sum"} {
		if err := m.put(file, filepath.Join(root, file)); err != nil {
			return err
		}
	}
	return nil
}

// put writes a file of the module as another one is, but for the texts that stand before their replacements.
func (m module) put(to, from string, replacements ...string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	text = []byte(strings.NewReplacer(replacements...).Replace(string(text)))
	return os.WriteFile(filepath.Join(m.dir, to), text, 0o644)
}

// putLibrary fills cvendor/sdk: the archive, its header, and what it offers.
func (m module) putLibrary(flag string, features []string) error {
	const sdk, pretend = "cvendor/sdk/", "cvendor/testdata/mpl/"
	err := errors.Join(
		m.put(sdk+"scp_net.h", filepath.Join(m.dir, pretend, "scp_net.h")),
		m.put(sdk+"scp_features.h", filepath.Join(m.dir, pretend, "scp_features.h"), features...),
		os.RemoveAll(filepath.Join(m.dir, sdk, "libmpl.a"))) // a licensee's own
	if err != nil {
		return err
	}
	_, err = m.run("gcc", "-O2", fmt.Sprint("-DLOG_SIZE=", pretendLog), cmp.Or(flag, "-UONCE"), "-c", pretend+"libmpl.c", "-o", "libmpl.o")
	if err != nil {
		return err
	}
	_, err = m.run("ar", "rcs", sdk+"libmpl.a", "libmpl.o")
	return err
}

func (m module) run(name string, args ...string) (output string, err error) {
	cmd := exec.Command(name, args...)
	cmd.Dir = m.dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out), nil
}

// startLinked runs such a driver, mplProgram or onceProgram, with the settings of d.
func (d *driver) startLinked(t *testing.T, build func() (program string, err error)) *driver {
	t.Helper()
	program, err := build()
	if err != nil {
		t.Fatal(err)
	}
	d.process = start(t, fmt.Sprintf("driver %d with %s", d.port, filepath.Base(filepath.Dir(program))), d.settings,
		program, "-port", fmt.Sprint(d.port))
	return d
}

// The binary says what it is linked with, and holds nothing of the simulator.
func TestLinkedWithAMakersLibrary(t *testing.T) {
	program, err := mplProgram()
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("../linked.sh", program, "mpl").CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	version := start(t, "version", nil, program, "-version")
	version.exit(10 * time.Second)
	if want := "library: mpl pretend 1.0 sha256:"; !strings.Contains(version.said(), want) {
		t.Errorf("-version says %q, want %q", version.said(), want)
	}
}
