package desk

import (
	"cmp"
	"maps"
	"slices"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// receipt collects what the next commit acknowledges on one stream.
type receipt struct {
	logs    map[logKey]bool
	numbers []uint64
	results []string
}

type logKey struct {
	serial uint64
	epoch  uint32
}

func (d *Desk) receipt(p *Peer) *receipt {
	r := d.receipts[p]
	if r == nil {
		r = &receipt{logs: make(map[logKey]bool)}
		d.receipts[p] = r
	}
	return r
}

// touch notes that a stream brought entries of a log, or a gap, up to an index. No acknowledgement on it goes further:
// what fills a gap below it may be on its way, and lost with the stream.
func (d *Desk) touch(p *Peer, key logKey, index uint64) {
	d.receipt(p).logs[key] = true
	p.brought[key] = max(p.brought[key], index)
}

// acknowledge sends the receipts of what was just committed.
func (d *Desk) acknowledge() {
	for _, p := range slices.SortedFunc(maps.Keys(d.receipts), func(a, b *Peer) int {
		return cmp.Compare(a.instance, b.instance)
	}) {
		for _, ack := range d.acks(p, d.receipts[p]) {
			p.link.Send(&pb.ConnectResponse{Message: &pb.ConnectResponse_Ack{Ack: ack}})
		}
	}
}

// told is a log epoch as this process' library knows it.
func (p *Peer) told(logEpoch uint32) uint32 {
	if p.logEpochs {
		return logEpoch
	}
	return 0
}

// acks is usually one; a controller with two log epochs in one commit needs a second one.
func (d *Desk) acks(p *Peer, r *receipt) []*pb.Ack {
	acks := []*pb.Ack{{DriverEvents: r.numbers, Results: r.results}}
	var serial uint64
	turn := 0
	for _, key := range sorted(r.logs) {
		index := min(d.histories[key.serial].extent(key.epoch).acknowledged(), p.brought[key])
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

func sorted(logs map[logKey]bool) []logKey {
	keys := make([]logKey, 0, len(logs))
	for key := range logs {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b logKey) int {
		return cmp.Or(cmp.Compare(a.serial, b.serial), cmp.Compare(a.epoch, b.epoch))
	})
	return keys
}
