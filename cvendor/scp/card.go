package scp

import "math"

// PutCard (9016) adds a card or changes it. Doors: bit 0 is door 1. PIN 0 is none. From and Until in
// UTC nanoseconds, 0 is unbounded.
type PutCard struct {
	Card        uint64
	PIN         uint32
	Doors       uint64
	From, Until int64
}

func (PutCard) Number() int { return 9016 }
func (p PutCard) appendArgs(line []byte) []byte {
	line = appendUint(appendUint(appendUint(line, p.Card), p.PIN), p.Doors)
	return appendInt(appendInt(line, p.From), p.Until)
}
func parsePutCard(w *words) Action {
	return PutCard{uint64(w.integer(1, math.MaxInt64)), uint32(w.integer(0, 99_999_999)), w.uint64(),
		w.time(), w.time()}
}

// DeleteCard (9017) removes a card.
type DeleteCard struct{ Card uint64 }

func (DeleteCard) Number() int                     { return 9017 }
func (d DeleteCard) appendArgs(line []byte) []byte { return appendUint(line, d.Card) }
func parseDeleteCard(w *words) Action              { return DeleteCard{uint64(w.integer(1, math.MaxInt64))} }

// HostDecision (9018) answers a HostDecisionRequest.
type HostDecision struct {
	Request uint32
	Grant   bool
}

func (HostDecision) Number() int { return 9018 }
func (h HostDecision) appendArgs(line []byte) []byte {
	return appendFlag(appendUint(line, h.Request), h.Grant)
}
func parseHostDecision(w *words) Action { return HostDecision{w.uint32(), w.flag()} }
