// Package oracle judges a run of the whole system by what its two ends wrote down: the journals of the
// panels (a .log and a .commands file each) and the SQLite file of the vendor app. It asks whether all that
// a panel logged arrived, once, unaltered and in order, and whether every command ended as it says it did, and in time.
//
// It reads both formats with code of its own and refuses to share any with sim or driver: two sides that
// agree on a mistake would agree with an oracle made of the same parts.
package oracle

import (
	"fmt"
	"time"
)

// Sent is a command that somebody published by hand: the app's audit does not know it.
type Sent struct {
	Serial uint64
	// The command as JSON, with the names of the contract.
	Payload string
	At      time.Time
	// Redis handed it to a driver at least.
	Heard bool
}

// Verdict is what the oracle found.
type Verdict struct {
	// Transactions that the panels logged, and commands that were asked for.
	Transactions, Commands int
	// Commands by how they ended.
	Outcomes map[string]int
	// Commands that nobody could tell the end of.
	Unknown []Unanswered
	// Longest time from asking for a command to its execution by a panel.
	Latest time.Duration
	// What is wrong, in words; empty when all is well.
	Faults []string
}

// Unanswered is a command that ended unknown.
type Unanswered struct {
	ID string
	At time.Time // when it was asked for
}

func (v *Verdict) fault(format string, args ...any) {
	v.Faults = append(v.Faults, fmt.Sprintf(format, args...))
}

// Judge reads what is left of a run in which nothing moves any more: the directory of the panels' journals, the
// app's database, and the commands that were published by hand. An error means that it could not be read;
// what was read and is wrong stands in the verdict.
func Judge(journals, database string, sent []Sent) (*Verdict, error) {
	panels, err := readPanels(journals)
	if err != nil {
		return nil, fmt.Errorf("read the panels' journals: %w", err)
	}
	app, err := readApp(database)
	if err != nil {
		return nil, fmt.Errorf("read the app's database: %w", err)
	}
	asked, err := allAsked(app, sent)
	if err != nil {
		return nil, err
	}
	v := &Verdict{Transactions: len(panels.entries), Commands: len(asked), Outcomes: make(map[string]int)}
	v.judgeTransactions(panels.entries, app.events)
	v.judgeOrder(app)
	v.judgeGaps(app)
	v.judgeEnds(app, asked)
	v.judgeDeeds(panels.executions, asked)
	v.judgeTimes(panels.executions, asked)
	return v, nil
}
