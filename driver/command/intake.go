package command

import (
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// intake makes commands of payloads, whichever way they came, and counts them. It may be used by several
// goroutines at the same time.
type intake struct {
	gate                            *Gate
	log                             *slog.Logger
	decoded, malformed, undecodable atomic.Uint64
	complaints                      seldom
}

// read decodes a controller's payload that waited in Redis for so long, or longer, with the ends of Gate.Read: a
// command; an error and the id that it is to be answered under; or an error and no id, when there is nobody to be
// answered.
func (i *intake) read(commands Commands, now time.Time, waited time.Duration, serial uint64, payload string) (c *pb.Command, id string, err error) {
	c, id, err = i.gate.Read(now, commands.AppTime(now), waited, serial, []byte(payload))
	i.note(serial, len(payload), id, err)
	return c, id, err
}

// peek reads a payload that is answered for, and never handed on: it may have been let in before.
func (i *intake) peek(now time.Time, serial uint64, payload string) (c *pb.Command, id string, err error) {
	c, id, err = i.gate.Peek(now, serial, []byte(payload))
	i.note(serial, len(payload), id, err)
	return c, id, err
}

func (i *intake) note(serial uint64, bytes int, id string, err error) {
	switch {
	case err == nil:
		i.decoded.Add(1)
	case id != "":
		i.malformed.Add(1)
	case !errors.Is(err, errShut): // which the gate counts
		i.complain(serial, bytes, err)
	}
}

// complain counts a payload that nobody can be answered for, and logs one a second of them.
func (i *intake) complain(serial uint64, bytes int, err error) {
	dropped := i.undecodable.Add(1)
	if i.complaints.due(time.Now()) {
		i.log.Warn("a payload in Redis can't be decoded, dropped",
			"controller", serial, "bytes", bytes, "dropped", dropped, "err", err)
	}
}

// count adds the numbers of the intake to a picture.
func (i *intake) count(s *Stats) {
	s.Commands, s.Malformed, s.Undecodable = i.decoded.Load(), i.malformed.Load(), i.undecodable.Load()
}
