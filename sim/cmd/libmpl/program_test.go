//go:build !mpl

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"mercury-driver/cvendor/scp"
)

// build makes the archive and links testdata/program.c with it, as a user of them would.
func build(t *testing.T) (program string) {
	t.Helper()
	dir := t.TempDir()
	archive := filepath.Join(dir, "libmpl.a")
	program = filepath.Join(dir, "program")
	for _, command := range [][]string{
		{"go", "build", "-buildmode=c-archive", "-trimpath", "-o", archive, "."},
		{"gcc", "-std=c11", "-O1", "-Wall", "-Wextra", "-Werror", "-iquote", "../../../cvendor/include",
			"-o", program, "testdata/program.c", archive, "-lpthread"},
	} {
		if output, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", strings.Join(command, " "), err, output)
		}
	}
	return program
}

// inC is the library inside a running program.
type inC struct {
	t      *testing.T
	in     io.WriteCloser
	out    *bufio.Reader
	errors bytes.Buffer
	exited func() error
}

func start(t *testing.T, program string) *inC {
	t.Helper()
	p := &inC{t: t}
	process := exec.Command(program)
	process.Stderr = &p.errors
	in, err := process.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := process.StdoutPipe()
	if err == nil {
		err = process.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	p.in, p.out, p.exited = in, bufio.NewReader(out), process.Wait
	return p
}

// end has the program come to the end of its input, which it must take for the end.
func (p *inC) end() {
	p.in.Close()
	if err := p.exited(); err != nil || p.errors.Len() > 0 {
		p.t.Errorf("the program ended with %v, and said %q", err, p.errors.String())
	}
}

// ask has the program do one line, and returns its answer.
func (p *inC) ask(format string, args ...any) string {
	p.t.Helper()
	fmt.Fprintf(p.in, format+"\n", args...)
	answer, err := p.out.ReadString('\n')
	if err != nil {
		p.t.Fatalf("%s: %v\n%s", fmt.Sprintf(format, args...), err, p.errors.String())
	}
	return strings.TrimSuffix(answer, "\n")
}

func (p *inC) number(format string, args ...any) int {
	p.t.Helper()
	n, err := strconv.Atoi(p.ask(format, args...))
	if err != nil {
		p.t.Fatal(err)
	}
	return n
}

func (p *inC) Config(line string) (text string, accepted bool) {
	answer := p.ask("config %s", line)
	return strings.TrimPrefix(answer, "0 "), answer == "1"
}

func (p *inC) GetMessage(channel int16, m *scp.Message) bool {
	got, fields, _ := strings.Cut(p.ask("get %d", channel), "\t")
	if got != "1" {
		return false
	}
	*m = scp.Message{}
	for field := range strings.SplitSeq(fields, "\t") {
		name, value, _ := strings.Cut(field, "=")
		set(p.t, reflect.ValueOf(m).Elem(), name, value)
	}
	return true
}

// set sets the field of that name, of a message or within one of its structs.
func set(t *testing.T, v reflect.Value, name, value string) {
	t.Helper()
	for part := range strings.SplitSeq(name, ".") {
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				v.Set(reflect.New(v.Type().Elem()))
			}
			v = v.Elem()
		}
		if v = v.FieldByName(part); !v.IsValid() {
			t.Fatalf("the program printed %s=%s: no such field", name, value)
		}
	}
	var err error
	switch {
	case v.Kind() == reflect.String:
		v.SetString(value)
	case v.Kind() == reflect.Bool:
		v.SetBool(value == "1")
	case v.CanInt():
		var n int64
		n, err = strconv.ParseInt(value, 10, 64)
		v.SetInt(n)
	default:
		var n uint64
		n, err = strconv.ParseUint(value, 10, 64)
		v.SetUint(n)
	}
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func (p *inC) Wait(channel int16, timeout time.Duration) bool {
	return p.number("wait %d %d", channel, timeout.Milliseconds()) == 1
}

func (p *inC) LastTag(number int16) uint32 { return uint32(p.number("tag %d", number)) }

func (p *inC) LastHeard(number int16) time.Duration {
	return time.Duration(p.number("heard %d", number)) * time.Millisecond
}
