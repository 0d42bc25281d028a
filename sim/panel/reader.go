package panel

import "mercury-driver/cvendor/scp"

// Swipe presents a card at a reader. A reader that waits for a PIN or for the host takes no card.
func (p *Panel) Swipe(reader uint32, card uint64) {
	d := p.door(reader)
	if d == nil || !p.up || d.waiting != forNothing {
		return
	}
	if d.mode == ModeHost {
		p.askHost(reader, card)
		return
	}
	known, ok := p.cards.find(card)
	if !ok {
		p.log(Entry{Kind: scp.UnknownCredential, Reader: uint16(reader), Door: uint16(reader),
			Card: card, Bits: credentialBits(card)})
		return
	}
	if reason := p.judge(reader, known); reason != 0 {
		p.deny(reader, card, reason)
		return
	}
	if d.mode == ModeCardAndPIN {
		d.waiting, d.card = forPIN, card
		p.setTimer(pinTimer, reader, PINTime)
		return
	}
	p.grant(reader, card)
}

// judge is why a known card may not pass now, 0 when it may.
func (p *Panel) judge(n uint32, c Card) int32 {
	switch {
	case p.door(n).mode == ModeLocked:
		return DenyDoorLocked
	case !c.Opens(n):
		return DenyNoAccess
	case !c.validAt(p.Clock()):
		return DenyNotValidNow
	}
	return 0
}

// EnterPIN is a PIN after a card. The card's duress PIN (last digit one higher) opens the door
// as well, and says so. 0 is no PIN.
func (p *Panel) EnterPIN(reader uint32, pin uint32) {
	d := p.door(reader)
	if d == nil || !p.up || d.waiting != forPIN {
		return
	}
	card := p.stopWaiting(reader)
	known, _ := p.cards.find(card)
	switch {
	case known.PIN == 0 || pin != known.PIN && pin != known.duressPIN():
		p.deny(reader, card, DenyWrongPIN)
	case pin == known.PIN:
		p.grant(reader, card)
	default:
		p.log(Entry{Kind: scp.Duress, Reader: uint16(reader), Door: uint16(reader), Card: card})
		p.release(reader)
	}
}

func (p *Panel) pinMissing(n uint32) { p.deny(n, p.stopWaiting(n), DenyWrongPIN) }

// stopWaiting frees the reader and returns the card that waited.
func (p *Panel) stopWaiting(n uint32) uint64 {
	d := p.door(n)
	card := d.card
	d.waiting, d.card, d.request = forNothing, 0, 0
	p.stopTimer(pinTimer, n)
	p.stopTimer(hostTimer, n)
	return card
}

// grant lets a card through; card 0 is the host's own wish.
func (p *Panel) grant(n uint32, card uint64) {
	p.log(Entry{Kind: scp.AccessGranted, Reader: uint16(n), Door: uint16(n), Card: card})
	p.release(n)
}

func (p *Panel) deny(n uint32, card uint64, reason int32) {
	p.log(Entry{Kind: scp.AccessDenied, Reader: uint16(n), Door: uint16(n), Card: card, Value: reason})
}

// credentialBits is the length of the shortest usual format that carries the number.
func credentialBits(card uint64) uint16 {
	switch {
	case card < 1<<24:
		return 26
	case card < 1<<35:
		return 37
	}
	return 64
}
