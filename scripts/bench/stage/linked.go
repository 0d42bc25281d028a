package stage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const library = "scripts/bench/library/"

// In the library's scp_features.h.
const (
	waits    = "SCP_HAS_WAIT           1"
	isPolled = "SCP_HAS_WAIT           0"
)

// buildLinked builds what holds the library for benchmarks: "driver-waiting" and "driver-polled", "minimal", and the
// library alone in a plain C program, "source-alone".
func (p Programs) buildLinked(ctx context.Context) error {
	_, err := run(ctx, ".", "gcc", "-O2", "-iquote", "cvendor/include", "-o", p.Path("source-alone"),
		library+"alone.c", library+"source.c", "-lpthread")
	if err != nil {
		return err
	}
	waiting, polled := tree{ctx, p.Path("linked-waiting")}, tree{ctx, p.Path("linked-polled")}
	if err := errors.Join(waiting.plant(waits, waits), polled.plant(waits, isPolled)); err != nil {
		return err
	}
	return errors.Join(
		waiting.build(p.Path("driver-waiting"), "./driver"),
		waiting.build(p.Path("minimal"), "./scripts/bench/minimal"),
		polled.build(p.Path("driver-polled"), "./driver"))
}

// tree is a copy of what the driver is built from, in which the library for benchmarks has the place of a maker's.
type tree struct {
	ctx context.Context
	dir string
}

// plant makes the tree, with one text in the place of another in what the library says that it offers.
func (t tree) plant(features, instead string) error {
	if err := os.RemoveAll(t.dir); err != nil {
		return err
	}
	for _, folder := range []string{"cvendor", "driver", "proto", "scripts/bench/minimal", "scripts/bench/wire"} {
		if err := os.CopyFS(filepath.Join(t.dir, folder), os.DirFS(folder)); err != nil {
			return err
		}
	}
	const sdk = "cvendor/sdk/"
	err := errors.Join(
		t.copy("go.mod", "go.mod"), t.copy("go.sum", "go.sum"),
		t.copy("scripts/sdk-check.sh", "scripts/sdk-check.sh"),
		t.copy(sdk+"scp_net.h", "cvendor/include/scp_net.h"),
		t.copyBut(sdk+"scp_features.h", library+"scp_features.h", features, instead),
		os.RemoveAll(filepath.Join(t.dir, sdk, "libmpl.a"))) // a licensee's own
	if err != nil {
		return err
	}
	_, err = run(t.ctx, ".", "gcc", "-O2", "-iquote", "cvendor/include", "-c", library+"source.c",
		"-o", filepath.Join(t.dir, "source.o"))
	if err != nil {
		return err
	}
	_, err = run(t.ctx, t.dir, "ar", "rcs", sdk+"libmpl.a", "source.o")
	return err
}

// copy writes a file of the tree as another one is.
func (t tree) copy(to, from string) error { return t.copyBut(to, from, "", "") }

// copyBut writes one with a text, which must be there, in the place of another.
func (t tree) copyBut(to, from, text, instead string) error {
	all, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if !strings.Contains(string(all), text) {
		return fmt.Errorf("%s does not say %q", from, text)
	}
	changed := strings.Replace(string(all), text, instead, 1)
	return os.WriteFile(filepath.Join(t.dir, to), []byte(changed), 0o755) // some of them are scripts
}

// build builds a program as the Makefile does with TAGS=mpl.
func (t tree) build(program, folder string) error {
	said, err := run(t.ctx, t.dir, "scripts/sdk-check.sh")
	if err != nil {
		return err
	}
	lines := strings.Fields(said) // the last is the hash
	_, err = run(t.ctx, t.dir, "go", "build", "-tags", "mpl", "-o", program,
		"-ldflags", "-X mercury-driver/cvendor.archiveSHA256="+lines[len(lines)-1], folder)
	return err
}
