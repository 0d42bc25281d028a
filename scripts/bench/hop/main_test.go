package main

import (
	"encoding/binary"
	"io"
	"net"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"mercury-driver/scripts/bench/clock"
)

func TestWhatIsHeardIsAnsweredWithItsTime(t *testing.T) {
	redis := miniredis.RunT(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	ended := make(chan error, 1)
	go func() { ended <- serve(redis.Addr(), "a", listener.Addr().String()) }()
	conn, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	for what, say := range map[string]func(){
		"a message":  func() { redis.Publish("a", "any") },
		"a question": func() { _, _ = conn.Write(make([]byte, 8)) },
	} {
		before := clock.Now()
		say()
		var said [8]byte
		if _, err := io.ReadFull(conn, said[:]); err != nil {
			t.Fatal(err)
		}
		if at := time.Duration(binary.BigEndian.Uint64(said[:])); at < before || at > clock.Now() {
			t.Errorf("%s was heard at %v, said at %v", what, at, before)
		}
	}
	conn.Close()
	if err := <-ended; err == nil {
		t.Error("it goes on without its asker")
	}
}
