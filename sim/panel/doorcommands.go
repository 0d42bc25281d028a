package panel

import "mercury-driver/cvendor/scp"

func (p *Panel) unlock(u scp.Unlock) answer {
	if p.door(u.Door) == nil {
		return no(scp.NAKNoSuchPoint)
	}
	p.grant(u.Door, 0)
	return done
}

func (p *Panel) setMode(m scp.DoorMode) answer {
	d := p.door(m.Door)
	switch {
	case d == nil:
		return no(scp.NAKNoSuchPoint)
	case m.Mode < ModeLocked || m.Mode > ModeHost:
		return no(scp.NAKBadArgument)
	case d.mode == m.Mode:
		return done
	}
	d.mode = m.Mode
	p.log(Entry{Kind: scp.ModeChange, Number: uint16(m.Door), Value: m.Mode})
	switch m.Mode {
	case ModeLocked:
		p.stopTimer(relockTimer, m.Door)
	case ModeUnlocked:
		p.moves++
		p.stopTimer(heldTimer, m.Door)
	}
	return done
}

func (p *Panel) maskForced(m scp.MaskForced) answer {
	d := p.door(m.Door)
	if d == nil {
		return no(scp.NAKNoSuchPoint)
	}
	d.noForced = m.Masked
	p.remember(m)
	return done
}

func (p *Panel) maskHeld(m scp.MaskHeld) answer {
	d := p.door(m.Door)
	if d == nil {
		return no(scp.NAKNoSuchPoint)
	}
	d.noHeld = m.Masked
	p.remember(m)
	return done
}
