package fleet

import (
	"time"

	"mercury-driver/sim/panel"
)

// person is somebody whose card all panels know.
type person struct {
	card  uint64
	pin   uint32
	doors uint64 // bit 0 is door 1
	until int64  // UTC nanoseconds; 0 is unbounded
}

// Doors 1 and 2 are entrances, 3 is a laboratory's, 4 a server room's.
const (
	everyDoor = 0b1111
	entrances = 0b0011
)

var people = []person{
	{1001, 4821, everyDoor, 0},
	{1002, 7310, everyDoor, 0},
	{1003, 2264, everyDoor, 0},
	{1004, 9057, entrances | 1<<2, 0},
	{1005, 3348, entrances | 1<<2, 0},
	{1006, 6129, entrances, 0},
	{1007, 1573, entrances, 0},
	{1008, 8890, entrances, 0},
	{1009, 5406, entrances, 0},
	{1010, 2711, entrances, time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()}, // over for long
}

// firstStranger is the first of a hundred card numbers that no panel knows.
const firstStranger = 900_000

// installed is what every panel of a fleet knows from the start, and its server room asks for a PIN
// too.
var (
	installedCards = cardsOf(people)
	installedModes = map[uint32]int32{4: panel.ModeCardAndPIN}
)

func cardsOf(people []person) map[uint64]panel.Card {
	cards := make(map[uint64]panel.Card)
	for _, p := range people {
		cards[p.card] = panel.Card{PIN: p.pin, Doors: p.doors, Until: p.until}
	}
	return cards
}
