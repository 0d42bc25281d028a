package resp

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"net"
	"strconv"
)

// most is the greatest length that is taken.
const most = 1 << 20

// Subscription hears one channel. One goroutine.
type Subscription struct {
	conn   net.Conn
	reader *bufio.Reader
	word   []byte // the last one that was read
}

// Subscribe connects to the Redis at host:port, and returns when it has confirmed the channel.
func Subscribe(addr, channel string) (*Subscription, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	s := &Subscription{conn: conn, reader: bufio.NewReader(conn)}
	if _, err = conn.Write(command(nil, "SUBSCRIBE", channel)); err == nil {
		err = s.expect("subscribe")
	}
	if err == nil {
		_, err = s.number(':')
	}
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("subscribe to %s: %w", channel, err)
	}
	return s, nil
}

// Next waits for the next message; it is valid until the next call.
func (s *Subscription) Next() (payload []byte, err error) {
	if err := s.expect("message"); err != nil {
		return nil, err
	}
	return s.text()
}

// Close ends the connection, and Next with it.
func (s *Subscription) Close() error { return s.conn.Close() }

// expect reads the head of an array of three: what it is, and of which channel.
func (s *Subscription) expect(what string) error {
	if n, err := s.number('*'); err != nil || n != 3 {
		return cmp.Or(err, fmt.Errorf("an array of %d words, want a %s", n, what))
	}
	if got, err := s.text(); err != nil || string(got) != what {
		return cmp.Or(err, fmt.Errorf("%q, want a %s", got, what))
	}
	_, err := s.text()
	return err
}

// text reads a bulk string.
func (s *Subscription) text() ([]byte, error) {
	n, err := s.number('$')
	if err != nil {
		return nil, err
	}
	if cap(s.word) < n+2 {
		s.word = make([]byte, n+2)
	}
	s.word = s.word[:n+2]
	_, err = io.ReadFull(s.reader, s.word)
	return s.word[:n], err
}

// number reads a line that is a kind and a number.
func (s *Subscription) number(kind byte) (int, error) {
	line, err := s.reader.ReadSlice('\n')
	if err != nil {
		return 0, err
	}
	if len(line) < 4 || line[0] != kind {
		return 0, fmt.Errorf("%q, want a %c and a number", line, kind)
	}
	n, err := strconv.Atoi(string(line[1 : len(line)-2]))
	if err != nil || n < 0 || n > most {
		return 0, fmt.Errorf("%q is no number from 0 to %d", line, most)
	}
	return n, nil
}
