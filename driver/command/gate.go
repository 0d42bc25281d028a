package command

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// Gate turns what was published for a controller into a Command, whichever way it came through Redis. With keys it
// lets in only what one of them has signed, and that once. Its methods may be called at the same time.
type Gate struct {
	keys   *keyring // nil: nothing needs a signature
	log    *slog.Logger
	once   once
	counts [causes]atomic.Uint64

	mu   sync.Mutex
	told [causes]time.Time // when one was logged last
}

// OpenGate makes a gate with the keys of a file; without a file it takes a signed command as what is in it.
func OpenGate(keyFile string, log *slog.Logger) (*Gate, error) {
	if keyFile == "" {
		return newGate(nil, log), nil
	}
	keys, err := openKeyring(keyFile, log)
	if err != nil {
		return nil, err
	}
	return newGate(keys, log), nil
}

func newGate(keys *keyring, log *slog.Logger) *Gate {
	return &Gate{keys: keys, log: log, once: once{over: make(map[string]time.Time)}}
}

// Run follows the changes of the file until ctx ends; then it returns nil.
func (g *Gate) Run(ctx context.Context) error {
	if g.keys == nil {
		return nil
	}
	return g.keys.run(ctx)
}

// cause is why something was not let in.
type cause int

const (
	unsigned cause = iota
	unknownKey
	badSignature
	replayed
	causes
)

var causeNames = [causes]string{"unsigned", "unknown_key", "bad_signature", "replayed"}

// errShut is what became of a payload that was not let in. It is counted and logged already, and must not be
// answered: whoever sent it is not to learn or to end anything by it.
var errShut = errors.New("its signature does not let it in")

// Read returns the Command in a payload that waited for so long in Redis, or for longer; appTime is the vendor app's
// wall clock now. The error is errShut, or one of decode, with the id to answer.
func (g *Gate) Read(now, appTime time.Time, waited time.Duration, serial uint64, payload []byte) (c *pb.Command, id string, err error) {
	c, id, err = g.Peek(now, serial, payload)
	if g.keys == nil || err != nil || lapsed(appTime, waited, c) {
		return c, id, err
	}
	switch fresh, err := g.once.take(appTime, c); {
	case err != nil:
		return nil, id, err
	case !fresh:
		return nil, "", g.shut(now, serial, replayed, nil)
	}
	return c, id, nil
}

// Peek is Read for a Command that may have been let in before, and so must not be carried out.
func (g *Gate) Peek(now time.Time, serial uint64, payload []byte) (c *pb.Command, id string, err error) {
	envelope := unwrap(payload)
	if g.keys != nil {
		if why, shut := g.judge(serial, envelope); shut {
			return nil, "", g.shut(now, serial, why, envelope)
		}
	}
	if envelope != nil {
		payload = envelope.Payload
	}
	return decode(payload)
}

// judge says why a payload is not let in. It looks at nothing that is not signed but the envelope.
func (g *Gate) judge(serial uint64, envelope *pb.SignedCommand) (why cause, shut bool) {
	if envelope == nil {
		return unsigned, true
	}
	key := g.keys.find(envelope.KeyId)
	switch {
	case key == nil:
		return unknownKey, true
	case !holds(key, serial, envelope):
		return badSignature, true
	}
	return 0, false
}

// tellEvery is how often one cause is logged: whoever may publish must not fill the log.
const tellEvery = 10 * time.Second

// shut counts what was not let in, and logs it; envelope is nil where there is nothing to say of it.
func (g *Gate) shut(now time.Time, serial uint64, why cause, envelope *pb.SignedCommand) error {
	total := g.counts[why].Add(1)
	g.mu.Lock()
	tell := now.Sub(g.told[why]) >= tellEvery
	if tell {
		g.told[why] = now
	}
	g.mu.Unlock()
	if tell {
		attrs := []any{"controller", serial, "cause", causeNames[why], "total", total}
		if envelope != nil {
			attrs = append(attrs, "key", fmt.Sprintf("%.64s", envelope.KeyId)) // anybody may have written it
		}
		g.log.Warn("a command that its signature does not let in was dropped", attrs...)
	}
	return errShut
}

// GateStats is a picture of a Gate.
type GateStats struct {
	Unsigned, UnknownKey, BadSignature, Replayed uint64 // dropped, ever

	Keys  int  // that may sign; 0 where nothing needs a signature
	Stale bool // their file can't be read now
}

// Stats may be called at any time.
func (g *Gate) Stats() GateStats {
	s := GateStats{
		Unsigned: g.counts[unsigned].Load(), UnknownKey: g.counts[unknownKey].Load(),
		BadSignature: g.counts[badSignature].Load(), Replayed: g.counts[replayed].Load(),
	}
	if g.keys != nil {
		s.Keys, s.Stale = len(*g.keys.keys.Load()), g.keys.stale.Load()
	}
	return s
}
