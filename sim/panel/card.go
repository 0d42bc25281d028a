package panel

import "time"

// Card is what a panel knows of a card.
type Card struct {
	PIN         uint32 // 0: none
	Doors       uint64 // bit 0 is door 1
	From, Until int64  // UTC nanoseconds; 0 is unbounded
}

// Opens reports whether the card has access to a door, at whatever time.
func (c Card) Opens(door uint32) bool { return c.Doors>>(door-1)&1 == 1 }

func (c Card) validAt(t time.Time) bool {
	return (c.From == 0 || t.UnixNano() >= c.From) && (c.Until == 0 || t.UnixNano() < c.Until)
}

// duressPIN is the PIN with one added to its last digit: 1234 -> 1235, 1239 -> 1230.
func (c Card) duressPIN() uint32 { return c.PIN - c.PIN%10 + (c.PIN%10+1)%10 }

// cardTable is the installed cards, which all panels share, under the panel's own changes.
type cardTable struct {
	installed map[uint64]Card
	changed   map[uint64]*Card // nil: deleted
	added     int              // how many more, or fewer, than installed
}

func (t *cardTable) find(card uint64) (Card, bool) {
	if c, ok := t.changed[card]; ok {
		if c == nil {
			return Card{}, false
		}
		return *c, true
	}
	c, ok := t.installed[card]
	return c, ok
}

func (t *cardTable) len() int { return len(t.installed) + t.added }

// put sets a card, or deletes it when c is nil.
func (t *cardTable) put(card uint64, c *Card) {
	_, had := t.find(card)
	if t.changed == nil {
		t.changed = make(map[uint64]*Card)
	}
	t.changed[card] = c
	switch has := c != nil; {
	case has && !had:
		t.added++
	case had && !has:
		t.added--
	}
}
