// Package resp is Redis at the least cost: a connection that publishes, and one that hears a channel. It knows nothing
// else of the protocol, mends no connection, and refuses what it does not know.
package resp

import (
	"fmt"
	"net"
	"strconv"
)

// Publisher publishes on a connection on which Redis answers nothing. One goroutine.
type Publisher struct {
	conn    net.Conn
	waiting []byte
}

// NewPublisher connects to the Redis at host:port.
func NewPublisher(addr string) (*Publisher, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	p := &Publisher{conn: conn, waiting: command(nil, "CLIENT", "REPLY", "OFF")}
	return p, p.Flush()
}

// Add puts a message behind those that the next Flush sends.
func (p *Publisher) Add(channel, payload string) {
	p.waiting = command(p.waiting, "PUBLISH", channel, payload)
}

// Flush sends what was added, in one write.
func (p *Publisher) Flush() error {
	_, err := p.conn.Write(p.waiting)
	p.waiting = p.waiting[:0]
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	return nil
}

// Close ends the connection.
func (p *Publisher) Close() error { return p.conn.Close() }

// command adds a command of Redis to b.
func command(b []byte, words ...string) []byte {
	b = append(b, '*')
	b = strconv.AppendInt(b, int64(len(words)), 10)
	for _, word := range words {
		b = append(b, "\r\n$"...)
		b = strconv.AppendInt(b, int64(len(word)), 10)
		b = append(b, "\r\n"...)
		b = append(b, word...)
	}
	return append(b, "\r\n"...)
}
