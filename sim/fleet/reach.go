package fleet

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"mercury-driver/sim/certs"
)

// errNoWelcome: somebody listens there, who does not speak as a controller library does.
var errNoWelcome = errors.New("connected, but no welcome came: is it a port of a driver, and does one of us speak TLS alone?")

// reach says of each address once when panels can not connect to it any more, and once when they can
// again: not for each panel, nor for each dial. Any goroutine may use it.
type reach struct {
	log       *slog.Logger
	mu        sync.Mutex
	addresses map[string]*standing
}

// standing is how an address stands.
type standing struct {
	failing  bool
	refused  bool      // it fails because of certificates, which is news of its own
	welcomed time.Time // the last time
}

func newReach(log *slog.Logger) *reach {
	return &reach{log: log, addresses: make(map[string]*standing)}
}

// failed notes a dial that came to nothing. One that began before the last welcome is no news, nor is one
// that the end of the fleet cut short.
func (r *reach) failed(ctx context.Context, address string, began time.Time, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	at := r.at(address)
	known := at.failing && (at.refused || !certs.Refused(err))
	if known || began.Before(at.welcomed) || ctx.Err() != nil {
		return
	}
	at.failing, at.refused = true, certs.Refused(err)
	r.log.Warn("panels can not connect", "addr", address, "err", err)
}

// welcome notes a link that the library took.
func (r *reach) welcome(address string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	at := r.at(address)
	at.welcomed = time.Now()
	if at.failing {
		at.failing, at.refused = false, false
		r.log.Info("panels connect again", "addr", address)
	}
}

func (r *reach) at(address string) *standing {
	if r.addresses[address] == nil {
		r.addresses[address] = &standing{}
	}
	return r.addresses[address]
}
