package main

import (
	"strings"
	"testing"
	"testing/fstest"
)

// plant returns the breaches in a tree of files, given as path and text.
func plant(t *testing.T, texts map[string]string) []breach {
	t.Helper()
	tree := fstest.MapFS{}
	for name, text := range texts {
		tree[name] = &fstest.MapFile{Data: []byte(text)}
	}
	breaches, err := checkFolders(tree)
	if err != nil {
		t.Fatal(err)
	}
	files, err := parse(tree)
	if err != nil {
		t.Fatal(err)
	}
	return append(breaches, checkFiles(files)...)
}

// expect fails unless there is one breach, at the given place, that has the given words in it. Without a
// place there may be none.
func expect(t *testing.T, found []breach, where, words string) {
	t.Helper()
	switch {
	case where == "" && len(found) > 0:
		t.Errorf("finds %v, where nothing is wrong", found)
	case where == "":
	case len(found) != 1 || found[0].where != where || !strings.Contains(found[0].why, words):
		t.Errorf("finds %v, want one at %s with %q", found, where, words)
	}
}

func TestPlaces(t *testing.T) {
	const (
		lock    = "package p\n\nimport \"runtime\"\n\nfunc f() { runtime.LockOSThread() }\n"
		renamed = "package p\n\nimport r \"runtime\"\n\nvar unlock = r.UnlockOSThread\n"
		c       = "package p\n\nimport \"C\"\n"
		exit    = "package p\n\nimport \"os\"\n\nfunc f() { os.Exit(1) }\n"
		fatal   = "package p\n\nimport \"log\"\n\nfunc f() { log.Fatalf(\"no\") }\n"
		notify  = "package p\n\nimport \"os/signal\"\n\nfunc f() { signal.NotifyContext(nil) }\n"
		program = "package main\n\nimport \"os\"\n\nfunc main() { os.Exit(1) }\n"
		method  = "package p\n\nfunc f(os interface{ Exit(int) }) { os.Exit(1) }\n"
	)
	for _, test := range []struct{ name, path, text, where, words string }{
		{"locks a thread", "driver/event/f.go", lock, "driver/event/f.go:5", "driver/thread alone"},
		{"locks a thread in a test", "driver/event/f_test.go", lock, "driver/event/f_test.go:5", "driver/thread alone"},
		{"unlocks under another name", "driver/event/f.go", renamed, "driver/event/f.go:5", "driver/thread alone"},
		{"locks where it may", "driver/thread/f.go", lock, "", ""},
		{"C in the driver", "driver/title/f.go", c, "driver/title/f.go:3", "call cvendor"},
		{"C below a door", "cvendor/scp/f.go", c, "cvendor/scp/f.go:3", "call cvendor"},
		{"C in cvendor", "cvendor/f.go", c, "", ""},
		{"C in the simulated library", "sim/libmpl/f.go", c, "", ""},
		{"exits in a package", "driver/event/f.go", exit, "driver/event/f.go:5", "return an error"},
		{"logs and exits", "sim/fleet/f.go", fatal, "sim/fleet/f.go:5", "return an error"},
		{"asks for signals", "driver/uplink/f.go", notify, "driver/uplink/f.go:5", "take a context"},
		{"exits in a program", "sim/cmd/x/f.go", program, "", ""},
		{"exits in a test binary", "driver/event/f_test.go", exit, "", ""},
		{"a method called Exit", "driver/event/f.go", method, "", ""},
		{"in testdata", "cvendor/testdata/f.go", lock, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			expect(t, plant(t, map[string]string{test.path: test.text}), test.where, test.words)
		})
	}
}

func TestNames(t *testing.T) {
	for _, test := range []struct{ name, path, text, where, words string }{
		{"a package util", "driver/event/x/f.go", "package util\n", "driver/event/x/f.go:1", "package util"},
		{"a folder helpers", "sim/helpers/f.go", "package p\n", "sim/helpers/f.go:1", "sim/helpers"},
		{"its test", "driver/common/f_test.go", "package common_test\n", "driver/common/f_test.go:1", "package common"},
		{"a name with sense", "driver/event/f.go", "package utility\n", "", ""},
		{"another folder at the top", "pkg/f.go", "package pkg\n", "pkg", "into one of cvendor, driver"},
		{"a folder of an editor", ".editor/f.go", "package p\n", "", ""},
		{"a file at the top", "README.md", "", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			expect(t, plant(t, map[string]string{test.path: test.text}), test.where, test.words)
		})
	}
}

func TestNestedModule(t *testing.T) {
	expect(t, plant(t, map[string]string{
		"scripts/tools/go.mod":  "module tools\n",
		"scripts/tools/util.go": "package util\n",
	}), "", "")
}

func TestUnreadableFile(t *testing.T) {
	tree := fstest.MapFS{"driver/f.go": {Data: []byte("package\n")}}
	if _, err := parse(tree); err == nil || !strings.Contains(err.Error(), "driver/f.go:1") {
		t.Errorf("the error is %v, want the place of the fault", err)
	}
}
