package core

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"mercury-driver/cvendor/scp"
	"mercury-driver/sim/link"
)

// slot is what the library knows about one scp number. It stays when the controller goes.
type slot struct {
	link       atomic.Pointer[Link] // nil: no controller, or its end was taken
	tag        atomic.Uint32        // of the last accepted command
	posting    atomic.Bool          // a thread is in Config for this number
	attachment uint32               // how often it was given out; the thread of GetMessage
}

var (
	errOffline   = errors.New("the controller is offline")
	errCongested = errors.New("link congested")
)

func (lib *Library) slot(number int16) *slot {
	if number < 0 || int(number) >= len(lib.slots) {
		return nil
	}
	return &lib.slots[number]
}

// post hands a command to the controller that has the number.
func (lib *Library) post(command scp.Command, line string) error {
	s := lib.slot(command.Target)
	if s == nil {
		return fmt.Errorf("no scp %d: they are 0 to %d", command.Target, len(lib.slots)-1)
	}
	if !s.posting.CompareAndSwap(false, true) {
		return lib.breach("two posts for scp %d overlap", command.Target)
	}
	defer s.posting.Store(false)
	l := s.link.Load()
	if l == nil {
		return fmt.Errorf("no controller has scp %d", command.Target)
	}
	tag, err := l.post(command.Action, line)
	if err == nil {
		s.tag.Store(tag)
	}
	return err
}

// post tags a command and sends it; accepting is all that the library does about it.
func (l *Link) post(action scp.Action, line string) (tag uint32, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended.Load() {
		return 0, errOffline
	}
	tag = l.tag + 1
	switch action.(type) {
	case scp.Refuse:
		l.end("refused")
	case scp.Detach:
		l.end("detached")
	default:
		if l.window.full() || !l.wire.Send(link.AppendCommand(nil, tag, line)) {
			return 0, errCongested
		}
		l.window.posted(tag, action)
	}
	l.tag = tag
	return tag, nil
}

// LastTag is the tag of the last accepted command of a controller; 0 when it has none.
func (lib *Library) LastTag(number int16) uint32 {
	if s := lib.slot(number); s != nil {
		return s.tag.Load()
	}
	return 0
}

// LastHeard is how long ago the controller's last frame came; ok is false when it is not attached.
func (lib *Library) LastHeard(number int16) (ago time.Duration, ok bool) {
	s := lib.slot(number)
	if s == nil {
		return 0, false
	}
	l := s.link.Load()
	if l == nil || l.ended.Load() {
		return 0, false
	}
	return lib.elapsed() - time.Duration(l.heard.Load()), true
}
