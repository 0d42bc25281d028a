// Command hop is the limit of a command's way through another process. It hears what is published on a channel of Redis,
// and what its asker sends it over TCP, and tells the asker at once when it heard it. It decodes, checks and keeps nothing,
// and hands nothing from one goroutine to another.
package main

import (
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"net"
	"os"

	"mercury-driver/scripts/bench/clock"
	"mercury-driver/scripts/bench/resp"
)

func main() {
	redis := flag.String("redis", "", "`address` of the Redis")
	channel := flag.String("channel", "", "`name` of the channel")
	asker := flag.String("asker", "", "`address` that is told")
	flag.Parse()
	if err := serve(*redis, *channel, *asker); err != nil {
		fmt.Fprintln(os.Stderr, "hop:", err)
		os.Exit(1)
	}
}

// serve dials the asker when Redis has confirmed the channel.
func serve(redis, channel, asker string) error {
	published, err := resp.Subscribe(redis, channel)
	if err != nil {
		return err
	}
	conn, err := net.Dial("tcp", asker)
	if err != nil {
		return err
	}
	ended := make(chan error, 2)
	go func() {
		ended <- answer(conn, func() error { _, err := published.Next(); return err })
	}()
	go func() {
		var question [8]byte
		ended <- answer(conn, func() error { _, err := io.ReadFull(conn, question[:]); return err })
	}()
	return <-ended
}

// answer says when each of what is heard came, in 8 bytes of clock.Now.
func answer(conn net.Conn, hear func() error) error {
	var said [8]byte
	for {
		if err := hear(); err != nil {
			return err
		}
		binary.BigEndian.PutUint64(said[:], uint64(clock.Now()))
		if _, err := conn.Write(said[:]); err != nil {
			return err
		}
	}
}
