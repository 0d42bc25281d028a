package panel

import (
	"time"

	"mercury-driver/cvendor/scp"
)

func (p *Panel) putCard(c scp.PutCard) answer {
	_, known := p.cards.find(c.Card)
	switch {
	case c.Doors>>Doors != 0, c.Until != 0 && c.Until <= c.From:
		return no(scp.NAKBadArgument)
	case !known && p.cards.len() >= p.opts.CardCapacity:
		return no(scp.NAKFull)
	}
	p.cards.put(c.Card, &Card{PIN: c.PIN, Doors: c.Doors, From: c.From, Until: c.Until})
	p.remember(c)
	return done
}

func (p *Panel) deleteCard(c scp.DeleteCard) answer {
	if _, known := p.cards.find(c.Card); !known {
		return no(scp.NAKNoSuchPoint)
	}
	p.cards.put(c.Card, nil)
	p.remember(c)
	return done
}

// SetClock sets the panel's clock by hand, to any time.
func (p *Panel) SetClock(to time.Time) { p.setTime(scp.SetTime{Time: to.UnixNano()}) }

func (p *Panel) setTime(t scp.SetTime) answer {
	p.offset = time.Unix(0, t.Time).Sub(p.now)
	p.remember(t)
	return done
}
