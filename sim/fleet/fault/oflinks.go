package fault

import (
	"encoding/binary"
	"math/rand/v2"

	"mercury-driver/cvendor/scp"
)

var ofLinks = []kind{
	{
		name: "half-open", summary: "falls silent and keeps its link, then drops it", lasts: true,
		deaf: true, mute: true, end: dropped,
	},
	{ // it answers polls that it does not read, so that its link seems to live
		name: "deaf", summary: "takes no bytes from its link, but says that it is there; then drops it", lasts: true,
		deaf: true, end: dropped,
	},
	{ // its library still believes in the old link when another one, perhaps of another process, gets the new one
		name: "abandon", summary: "leaves its link open and silent, and dials another one", lasts: true,
		begin: func(h hit) { h.links.Abandon() },
		end:   func(h hit) { h.links.Forsake() },
	},
	{
		name: "dial-twice", summary: "has a second link, which answers and reports as well", lasts: true,
		begin: func(h hit) { h.links.DialTwice(true) },
		end:   func(h hit) { h.links.DialTwice(false) },
	},
	{
		name: "drop", summary: "drops its link and dials again; said with every, its links flap",
		begin: dropped,
	},
	{
		name: "malformed", summary: "sends a frame that is none",
		begin: func(h hit) { h.links.Babble(nonsense(h.chance)) },
	},
	{ // a panel says who it is when it dials
		name: "same-mac", summary: "says that it has the MAC address that all panels with this fault have", lasts: true,
		introduce: func(id *scp.Identity) { id.MAC = "02ffffffffff" },
		begin:     dropped, end: dropped,
	},
}

// dropped ends the links. What lay in them, in either direction, is lost: as of a cable that was pulled.
func dropped(h hit) { h.links.Drop() }

// nonsense is a frame by its length, and nothing by what is in it: of a type that there never will be.
func nonsense(chance *rand.Rand) []byte {
	const longest = 40
	b := make([]byte, 2, longest)
	b = append(b, 0xff)
	for range chance.IntN(longest - len(b)) {
		b = append(b, byte(chance.Uint32()))
	}
	binary.BigEndian.PutUint16(b, uint16(len(b)-2))
	return b
}
