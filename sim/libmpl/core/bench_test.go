package core

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"mercury-driver/cvendor/scp"
	"mercury-driver/sim/link"
)

// quiet is a wire that takes everything.
type quiet struct{}

func (quiet) Send([]byte) bool { return true }
func (quiet) Abort()           {}

// From bytes that arrived to a message that was taken, by one thread.
func BenchmarkTakeAndGetMessage(b *testing.B) {
	lib := New(Options{Open: func(*Library, int16, uint32) (Port, error) { return nopPort{}, nil }})
	if err := lib.Config("9001 0 5001"); err != nil {
		b.Fatal(err)
	}
	l, err := lib.Attach(0, "", "", quiet{})
	if err != nil {
		b.Fatal(err)
	}
	var m scp.Message
	l.Take(hello(1))
	for lib.GetMessage(0, &m) {
	}
	if err := lib.Config("9024 0"); err != nil {
		b.Fatal(err)
	}
	batch := bytes.Repeat(link.AppendMessage(nil, &scp.Message{Kind: scp.AccessGranted, LogEpoch: 1, Index: 1 << 20,
		Reader: 2, Door: 2, Card: 1 << 40, Time: time.Now().UnixNano()}), 64)
	b.ReportAllocs()
	for taken := 0; taken < b.N; {
		if n, err := l.Take(batch); n != len(batch) {
			b.Fatal(err)
		}
		for lib.GetMessage(0, &m) {
			taken++
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
}

type nopPort struct{}

func (nopPort) Close() {}

// dialler makes this test binary the other process of BenchmarkIdleLink: "ADDRESS PANELS".
const dialler = "LIBMPL_TEST_DIAL"

// dialIdlePanels dials a library with so many idle panels, and keeps them until its input ends.
func dialIdlePanels(address string, panels int) {
	for serial := range uint64(panels) {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			panic(err)
		}
		defer conn.Close()
		conn.Write(hello(serial + 1))
	}
	bufio.NewReader(os.Stdin).ReadByte()
}

// The anonymous memory that an idle controller costs, sockets' goroutines included.
func BenchmarkIdleLink(b *testing.B) {
	const links = 9000
	var listener net.Listener
	lib := New(Options{PollEvery: time.Hour, Open: Sockets(func(uint32) (_ net.Listener, err error) {
		listener, err = net.Listen("tcp", "127.0.0.1:0")
		return listener, err
	})})
	defer lib.Close()
	if err := lib.Config("9001 0 0"); err != nil {
		b.Fatal(err)
	}
	before := anonymous(b)
	panels := exec.Command(os.Args[0])
	panels.Env = append(os.Environ(), fmt.Sprintf("%s=%s %d", dialler, listener.Addr(), links))
	stop, err := panels.StdinPipe()
	if err == nil {
		err = panels.Start()
	}
	if err != nil {
		b.Fatal(err)
	}
	defer panels.Wait()
	defer stop.Close()
	var m scp.Message
	for online := 0; online < links; {
		if !lib.Wait(0, 10*time.Second) {
			b.Fatalf("%d of %d online", online, links)
		}
		for lib.GetMessage(0, &m) {
			if m.Kind == scp.CommOnline {
				online++
			}
		}
	}
	for b.Loop() {
	}
	b.ReportMetric(float64(anonymous(b)-before)/links, "B/link")
}

// anonymous is this process's RssAnon in bytes, after a collection.
func anonymous(b *testing.B) int {
	runtime.GC()
	debug.FreeOSMemory()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "RssAnon:")
	kib, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		b.Fatal(err)
	}
	return kib << 10
}
