// Package backlog is what very many controllers have logged, in the order in which it comes in.
package backlog

// Backlog gives the names of transactions: some of one controller, then as many of the next, and when all had their turn,
// those that follow.
type Backlog struct {
	Controllers int
	Turn        int // transactions of one controller in a row

	given int
}

// Next is the name of the next transaction. Serials and indexes begin at 1.
func (b *Backlog) Next() (serial, index uint64) {
	turn, place := b.given/b.Turn, b.given%b.Turn
	round, controller := turn/b.Controllers, turn%b.Controllers
	b.given++
	return uint64(1 + controller), uint64(1 + round*b.Turn + place)
}
