// Command talkers is many connections that talk at full speed and do nothing else: each in its turn is written one
// piece of so many bytes. A write to a connection whose buffer is full is left out. It talks until it is killed, or the
// other end closes.
package main

import (
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"runtime"
	"slices"
	"syscall"
	"time"
)

func main() {
	connect := flag.String("connect", "127.0.0.1:7003", "`address` of the listener")
	connections := flag.Int("connections", 10_000, "how `many`")
	piece := flag.Int("piece", 32, "`bytes` of a write")
	flag.Parse()
	if err := talk(*connect, *connections, make([]byte, *piece)); err != nil {
		fmt.Fprintln(os.Stderr, "talkers:", err)
		os.Exit(1)
	}
}

func talk(address string, connections int, piece []byte) error {
	sockets := make([]int, connections)
	for i := range sockets {
		conn, err := dial(address)
		if err != nil {
			return err
		}
		if sockets[i], err = socket(conn); err != nil {
			return err
		}
	}
	ended := make(chan error)
	for share := range slices.Chunk(sockets, (connections+runtime.NumCPU()-1)/runtime.NumCPU()) {
		go func() { ended <- talkOn(share, piece) }()
	}
	return <-ended
}

// dial connects, and gives the listener some time to be there.
func dial(address string) (conn net.Conn, err error) {
	for range 500 {
		if conn, err = net.Dial("tcp", address); !errors.Is(err, syscall.ECONNREFUSED) {
			return conn, err
		}
		time.Sleep(10 * time.Millisecond)
	}
	return nil, err
}

// socket is a descriptor of the connection that the runtime knows nothing of: a write to it is a system call and no more.
// It is non-blocking, as that is a property of what both descriptors stand for.
func socket(conn net.Conn) (fd int, err error) {
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		return 0, err
	}
	if failed := raw.Control(func(own uintptr) { fd, err = syscall.Dup(int(own)) }); failed != nil {
		return 0, failed
	}
	return fd, errors.Join(err, conn.Close())
}

func talkOn(sockets []int, piece []byte) error {
	for {
		for _, fd := range sockets {
			if _, err := syscall.Write(fd, piece); err != nil && err != syscall.EAGAIN && err != syscall.EINTR {
				return err
			}
		}
	}
}
