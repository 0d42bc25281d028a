package commands

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"time"

	"mercury-driver/scripts/bench/clock"
	"mercury-driver/scripts/bench/resp"
	"mercury-driver/scripts/bench/stage"
)

// hop is the program hop, as its asker sees it. One goroutine.
type hop struct {
	conn      net.Conn
	publisher *resp.Publisher
	said      [8]byte
}

const hopChannel = "hop"

// hop runs the program.
func (s *scene) hop() (*hop, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	defer listener.Close()
	redis := stage.Loopback(s.redis)
	p, err := s.Start("hop", nil, "hop", "-redis", redis, "-channel", hopChannel, "-asker", listener.Addr().String())
	if err != nil {
		return nil, err
	}
	_ = listener.(*net.TCPListener).SetDeadline(time.Now().Add(10 * time.Second))
	conn, err := listener.Accept()
	if err != nil {
		return nil, fmt.Errorf("hop does not dial (%w): %s", err, p.Said())
	}
	publisher, err := resp.NewPublisher(redis)
	if err != nil {
		conn.Close()
		return nil, err
	}
	return &hop{conn: conn, publisher: publisher}, nil
}

func (h *hop) close() {
	h.conn.Close()
	h.publisher.Close()
}

// answered waits for what the program says, which is when it heard what it was sent.
func (h *hop) answered() (time.Duration, error) {
	if _, err := io.ReadFull(h.conn, h.said[:]); err != nil {
		return 0, fmt.Errorf("hop does not answer: %w", err)
	}
	return time.Duration(binary.BigEndian.Uint64(h.said[:])), nil
}

// payload is as long as a command is.
var payload = string(make([]byte, 48))

// published takes a message through Redis to the program.
func (h *hop) published() (time.Duration, error) {
	h.publisher.Add(hopChannel, payload)
	began := clock.Now()
	if err := h.publisher.Flush(); err != nil {
		return 0, err
	}
	at, err := h.answered()
	return at - began, err
}

// thereAndBack takes 8 bytes to the program over TCP, and 8 back.
func (h *hop) thereAndBack() (time.Duration, error) {
	began := time.Now()
	if _, err := h.conn.Write(h.said[:]); err != nil {
		return 0, err
	}
	_, err := h.answered()
	return time.Since(began), err
}
