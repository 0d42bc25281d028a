// Command listener is the bare fan-in: it takes connections, reads whatever they bring and counts it, and does nothing
// else. When all connections are there it lets them talk for a while, counts frames for as long as it was told, prints
// their pace and ends.
package main

import (
	"flag"
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"time"

	"mercury-driver/scripts/bench/pace"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:7003", "`address` to take connections on")
	connections := flag.Int("connections", 10_000, "how `many` are waited for")
	frame := flag.Int("frame", 32, "`bytes` that count as a frame")
	warm := flag.Duration("warm", time.Second, "`span` between the last connection and the count")
	span := flag.Duration("for", 5*time.Second, "`span` that is counted")
	flag.Parse()
	err := take(*listen, *connections)
	if err == nil {
		time.Sleep(*warm)
		err = count(*frame, *span)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "listener:", err)
		os.Exit(1)
	}
}

// came is how many bytes all connections have brought.
var came atomic.Int64

func take(address string, connections int) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	defer l.Close()
	for range connections {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		r, err := newReader(conn)
		if err != nil {
			return err
		}
		go r.readOn()
	}
	return nil
}

func count(frame int, span time.Duration) error {
	began, before := pace.Begin(), came.Load()
	time.Sleep(span)
	return pace.Print(began.Pace(float64(came.Load()-before) / float64(frame)))
}
