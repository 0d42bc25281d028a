package panel

import "mercury-driver/cvendor/scp"

// acknowledge moves the mark; the entries stay, to be rewound to, until they are overwritten.
func (p *Panel) acknowledge(to scp.LogAcknowledge) answer {
	switch {
	case to.Epoch != p.events.epoch:
		return no(scp.NAKWrongEpoch)
	case to.Index > p.events.newest:
		return no(scp.NAKBadArgument)
	case to.Index > p.events.acknowledged:
		p.events.acknowledged = to.Index
		p.link.noticed = p.link.noticed && p.events.nearFull()
		p.remember(to)
	}
	return done
}

func (p *Panel) rewind(to scp.LogRewind) answer {
	switch {
	case to.Epoch != p.events.epoch:
		return no(scp.NAKWrongEpoch)
	case to.Index > p.events.newest+1:
		return no(scp.NAKBadArgument)
	}
	p.link.next = max(to.Index, p.events.oldest())
	p.link.base = p.link.next - 1
	return done
}

func (p *Panel) reportUpTo(to scp.LogReport) answer {
	if to.Epoch != p.events.epoch {
		return no(scp.NAKWrongEpoch)
	}
	p.link.reporting, p.link.bound = true, to.Index
	return done
}

func (p *Panel) pause() answer {
	p.link.reporting = false
	return done
}

// resume goes on as far as the last LogReport of this link said.
func (p *Panel) resume() answer {
	p.link.reporting = true
	return done
}
