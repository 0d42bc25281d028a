package fleet

import (
	"time"

	"mercury-driver/sim/panel"
)

// person is somebody whose card all panels know.
type person struct {
	name  string
	card  uint64
	pin   uint32
	doors uint64 // bit 0 is door 1
	until int64  // UTC nanoseconds; 0 is unbounded
}

const (
	everyDoor = 0b1111
	entrances = 0b0011
)

var people = []person{
	{"Ada Moreau", 1001, 4821, everyDoor, 0},
	{"Ben Okafor", 1002, 7310, everyDoor, 0},
	{"Chiara Rossi", 1003, 2264, everyDoor, 0},
	{"Daniel Novak", 1004, 9057, entrances | 1<<2, 0},
	{"Elif Demir", 1005, 3348, entrances | 1<<2, 0},
	{"Farid Haddad", 1006, 6129, entrances, 0},
	{"Grace Lindqvist", 1007, 1573, entrances, 0},
	{"Hiro Tanaka", 1008, 8890, entrances, 0},
	{"Ines Carvalho", 1009, 5406, entrances, 0},
	{"Jonas Weber", 1010, 2711, entrances, time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()},
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

// HolderName is the name of a card's holder, "" for a card that panels do not know from the start.
func HolderName(card uint64) string {
	for _, p := range people {
		if p.card == card {
			return p.name
		}
	}
	return ""
}

var doorNames = [panel.Doors]string{"Front entrance", "Staff entrance", "Laboratory", "Server room"}

// DoorName is the name of a door of any panel, "" where there is no such door.
func DoorName(door uint32) string {
	if door < 1 || door > panel.Doors {
		return ""
	}
	return doorNames[door-1]
}
