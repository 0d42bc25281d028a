package fault

import (
	"time"

	"mercury-driver/cvendor/scp"
	"mercury-driver/sim/panel"
)

var ofCommands = []kind{
	{
		name: "nak", summary: "answers commands busy, but those that the link and the log need", lasts: true,
		mishap: func(m *panel.Mishap, _ time.Duration) { m.Busy = true },
		spares: ofLinksOrLogs,
	},
	{
		name: "late-reply", summary: "replies late, and reports nothing before it has", lasts: true,
		by:     "how late replies are",
		mishap: func(m *panel.Mishap, by time.Duration) { m.Late = by },
	},
	{
		name: "lost-reply", summary: "carries commands out and does not reply", lasts: true,
		mishap: func(m *panel.Mishap, _ time.Duration) { m.Lost = true },
	},
	{
		name: "repeated-reply", summary: "replies twice", lasts: true,
		mishap: func(m *panel.Mishap, _ time.Duration) { m.Twice = true },
	},
	{
		name: "slow-cards", summary: "takes its time over each card that it is told, and all else it is told waits", lasts: true,
		by:     "how long it takes over a card",
		mishap: func(m *panel.Mishap, by time.Duration) { m.Slow = by },
		spares: allButCards,
	},
}

// ofLinksOrLogs are the commands without which a link is of no use.
func ofLinksOrLogs(a scp.Action) bool {
	switch a.(type) {
	case scp.Accept, scp.Status, scp.LogAcknowledge, scp.LogRewind, scp.LogReport, scp.LogPause, scp.LogResume:
		return true
	}
	return false
}

func allButCards(a scp.Action) bool {
	switch a.(type) {
	case scp.PutCard, scp.DeleteCard:
		return false
	}
	return true
}
