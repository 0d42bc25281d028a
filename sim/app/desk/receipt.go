package desk

import (
	"cmp"
	"maps"
	"slices"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// receipt is what a stream brought and is not acknowledged there yet.
type receipt struct {
	logs    map[logKey]brought
	numbers []uint64
	results []string
}

// brought is what came of a log, up to where and how many transactions, since all before it was acknowledged.
type brought struct {
	upTo         uint64
	transactions int
}

type logKey struct {
	serial uint64
	epoch  uint32
}

func (k logKey) compare(o logKey) int {
	return cmp.Or(cmp.Compare(k.serial, o.serial), cmp.Compare(k.epoch, o.epoch))
}

// add puts together what came of one log.
func (b *brought) add(more brought) {
	b.upTo, b.transactions = max(b.upTo, more.upTo), b.transactions+more.transactions
}

// touch notes that a stream brought entries of a log, or a gap; nothing changes where it brought nothing.
func (d *Desk) touch(p *Peer, key logKey, more brought) {
	if more == (brought{}) {
		return
	}
	b := p.receipt.logs[key]
	b.add(more)
	p.receipt.logs[key] = b
	d.touched[key] = true
}

// acknowledge tells the streams what was just committed of what they brought, whoever filled the hole before it.
func (d *Desk) acknowledge() {
	touched := slices.SortedFunc(maps.Keys(d.touched), logKey.compare)
	for _, instance := range matching(d.peers, func(_ string, p *Peer) bool { return p.up }) {
		p := d.peers[instance]
		for _, ack := range d.acks(p, touched) {
			p.link.Send(&pb.ConnectResponse{Message: &pb.ConnectResponse_Ack{Ack: ack}})
		}
		p.receipt.numbers, p.receipt.results = nil, nil
		d.lend(p)
	}
}

// lend adds to a stream's credit what it brought that can't be acknowledged yet: else what is to fill the holes before
// that might never come. What is held back of a log may be another stream's in part; then it lends too much, not too little.
func (d *Desk) lend(p *Peer) {
	lent := 0
	for key, b := range p.receipt.logs {
		lent += min(b.transactions, d.histories[key.serial].extent(key.epoch).heldBack())
	}
	if lent == p.lent {
		return
	}
	p.lent = lent
	p.link.Send(&pb.ConnectResponse{Message: &pb.ConnectResponse_Credit{
		Credit: &pb.Credit{Transactions: d.rules.Credit + uint32(lent)}}})
}

// acks is usually one; a controller with two log epochs in one commit needs a second one.
func (d *Desk) acks(p *Peer, touched []logKey) []*pb.Ack {
	acks := []*pb.Ack{{DriverEvents: p.receipt.numbers, Results: p.receipt.results}}
	var serial uint64
	turn := 0
	for _, key := range touched {
		index := d.acknowledged(p, key)
		if index == 0 {
			continue
		}
		if turn++; key.serial != serial {
			serial, turn = key.serial, 0
		}
		if turn == len(acks) {
			acks = append(acks, &pb.Ack{})
		}
		acks[turn].Transactions = append(acks[turn].Transactions, &pb.LogPosition{
			Serial: key.serial, LogEpoch: p.told(key.epoch), Index: index})
	}
	if first := acks[0]; len(first.Transactions)+len(first.DriverEvents)+len(first.Results) == 0 {
		return nil
	}
	return acks
}

// acknowledged is up to where a stream is told that a log is stored. That is nothing which it did not bring: what
// fills a gap that another one reported may be on its way, and lost with the stream.
func (d *Desk) acknowledged(p *Peer, key logKey) uint64 {
	b, any := p.receipt.logs[key]
	if !any {
		return 0
	}
	index := min(b.upTo, d.histories[key.serial].extent(key.epoch).acknowledged())
	if index == b.upTo {
		delete(p.receipt.logs, key)
	}
	return index
}

// told is a log epoch as this process' library knows it.
func (p *Peer) told(logEpoch uint32) uint32 {
	if p.logEpochs {
		return logEpoch
	}
	return 0
}
