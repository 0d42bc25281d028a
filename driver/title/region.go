package title

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// moveToRegion maps memory for a title and makes it the process's command line.
func moveToRegion() (*Title, error) {
	layout, err := readLayout()
	if err != nil {
		return nil, err
	}
	area, err := unix.Mmap(-1, 0, Max+1, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return nil, fmt.Errorf("map %d bytes: %w", Max+1, err)
	}
	layout.argStart = uint64(uintptr(unsafe.Pointer(&area[0])))
	layout.argEnd = layout.argStart + uint64(len(area))
	if err := layout.set(); err != nil {
		_ = unix.Munmap(area)
		return nil, err
	}
	return &Title{area: area}, nil
}

// set replaces the kernel's view of the process, all at once: changing the two argument addresses
// alone takes privileges, this does not. That sets the break too. Had the C heap grown since it was
// read, the kernel would refuse to grow it further and malloc would go on with mmap: no memory is lost.
func (l *layout) set() error {
	_, _, errno := unix.Syscall6(unix.SYS_PRCTL, unix.PR_SET_MM, unix.PR_SET_MM_MAP,
		uintptr(unsafe.Pointer(l)), unsafe.Sizeof(*l), 0, 0)
	if errno != 0 {
		return fmt.Errorf("prctl PR_SET_MM_MAP: %w", errno)
	}
	return nil
}
