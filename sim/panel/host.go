package panel

import "mercury-driver/cvendor/scp"

// askHost logs the question and waits for the answer, whether or not anybody is there to give it.
func (p *Panel) askHost(n uint32, card uint64) {
	p.request++
	d := p.door(n)
	d.waiting, d.card, d.request = forHost, card, p.request
	p.setTimer(hostTimer, n, HostTime)
	p.log(Entry{Kind: scp.HostDecisionRequest, Reader: uint16(n), Door: uint16(n), Card: card,
		Request: p.request, Deadline: p.Clock().Add(HostTime).UnixNano()})
}

func (p *Panel) hostDecision(h scp.HostDecision) answer {
	for i := range p.doors {
		if d := &p.doors[i]; d.waiting == forHost && d.request == h.Request {
			p.hostDecided(uint32(i+1), h.Grant)
			return done
		}
	}
	if h.Request >= 1 && h.Request <= p.request {
		return no(scp.NAKTooLate)
	}
	return no(scp.NAKNoSuchPoint)
}

func (p *Panel) hostDecided(n uint32, grant bool) {
	card := p.stopWaiting(n)
	if grant {
		p.grant(n, card)
		return
	}
	p.deny(n, card, DenyHost)
}

// decideAlone is the fallback at the deadline: a card that the panel itself would let through passes.
func (p *Panel) decideAlone(n uint32) {
	card := p.stopWaiting(n)
	if known, ok := p.cards.find(card); ok && p.judge(n, known) == 0 {
		p.grant(n, card)
		return
	}
	p.deny(n, card, DenyHostTimeout)
}
