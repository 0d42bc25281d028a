package title

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"unsafe"
)

// padding is the argument that makes room for a title. It also says that the program was executed
// anew already, so that this happens once.
var padding = strings.Repeat(" ", Max)

func padded(args []string) bool { return len(args) > 1 && args[len(args)-1] == padding }

// execPadded replaces the program by itself, as the same process, with padding behind its arguments.
// It returns only when that failed. /proc/self/exe is this very binary, even when its file was
// replaced on disk meanwhile.
func execPadded() error {
	err := syscall.Exec("/proc/self/exe", append(os.Args[:len(os.Args):len(os.Args)], padding), os.Environ())
	return fmt.Errorf("exec /proc/self/exe: %w", err)
}

// overwriteArgv takes the process's argument list, which ends with padding, as the title's memory.
// os.Args, whose strings lie in it, becomes a copy without the padding.
func overwriteArgv() (*Title, error) {
	layout, err := readLayout()
	if err != nil {
		return nil, err
	}
	last := len(os.Args) - 1
	before := 0
	for _, arg := range os.Args[:last] {
		before += len(arg) + 1
	}
	start := unsafe.Add(unsafe.Pointer(unsafe.StringData(os.Args[last])), -before)
	size := before + len(padding) + 1
	if uint64(uintptr(start)) != layout.argStart || layout.argStart+uint64(size) != layout.argEnd {
		return nil, errors.New("the argument list is not where the kernel put it: os.Args was changed too early")
	}
	os.Args = os.Args[:last:last]
	for i, arg := range os.Args {
		os.Args[i] = strings.Clone(arg)
	}
	restoreName()
	area := unsafe.Slice((*byte)(start), size)
	clear(area)
	return &Title{area: area}, nil
}

// restoreName undoes a side effect of executing /proc/self/exe: the kernel names a process after the
// last part of that path. The name is only for people, so a failure is ignored.
func restoreName() {
	if exe, err := os.Executable(); err == nil {
		_ = os.WriteFile("/proc/self/comm", []byte(filepath.Base(exe)), 0)
	}
}
