package title

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// layout is the kernel's struct prctl_mm_map: where the parts of a process lie.
type layout struct {
	startCode, endCode uint64
	startData, endData uint64
	startBrk, brk      uint64
	startStack         uint64
	argStart, argEnd   uint64
	envStart, envEnd   uint64
	auxv               uint64 // 0 with auxvSize 0: leave it
	auxvSize           uint32
	exeFD              uint32
}

// keepExe in exeFD leaves /proc/PID/exe as it is.
const keepExe = ^uint32(0)

// readLayout returns this process's layout as it is now.
func readLayout() (*layout, error) {
	stat, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return nil, err
	}
	l, err := parseStat(stat)
	if err != nil {
		return nil, err
	}
	brk, _, _ := unix.Syscall(unix.SYS_BRK, 0, 0, 0)
	l.brk, l.exeFD = uint64(brk), keepExe
	return l, nil
}

// parseStat picks the addresses out of a /proc/PID/stat line. Its fields are numbered from 1 as in
// proc(5); the second is the command's name in brackets and may hold anything.
func parseStat(stat []byte) (*layout, error) {
	const first = 3 // number of the first field after the name
	end := bytes.LastIndexByte(stat, ')')
	fields := bytes.Fields(stat[end+1:])
	if end < 0 || len(fields) <= 51-first {
		return nil, errors.New("/proc/self/stat: no addresses in it")
	}
	l := new(layout)
	for number, address := range map[int]*uint64{
		26: &l.startCode, 27: &l.endCode, 28: &l.startStack,
		45: &l.startData, 46: &l.endData, 47: &l.startBrk,
		48: &l.argStart, 49: &l.argEnd, 50: &l.envStart, 51: &l.envEnd,
	} {
		value, err := strconv.ParseUint(string(fields[number-first]), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("/proc/self/stat: field %d: %w", number, err)
		}
		*address = value
	}
	return l, nil
}
