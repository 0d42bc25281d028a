package desk

import (
	"math"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// Report is an event and its record. Making one costs more than storing it, so that it is done
// before the desk, by whoever reads the stream.
type Report struct {
	Event  *pb.Event
	Record Record
}

// Reports makes the records of a batch.
func (p *Peer) Reports(batch *pb.EventBatch) []Report {
	reports := make([]Report, 0, len(batch.Events))
	for _, ev := range batch.Events {
		kind, body := encode(ev)
		r := Record{
			Serial: ev.Serial, LogEpoch: ev.LogEpoch, Index: ev.Index, Kind: kind, Body: body,
			PanelTimeNS: ev.PanelTimeNs, ReceivedNS: ev.ReceivedNs, Backlog: ev.Backlog, LeaseEpoch: ev.LeaseEpoch,
		}
		if ev.Index == 0 {
			r.Instance, r.Number = p.instance, ev.Number
		}
		reports = append(reports, Report{ev, r})
	}
	return reports
}

// Events takes in what a driver reports, whichever lease it was seen under. Repeats are dropped,
// and acknowledged again.
func (d *Desk) Events(p *Peer, reports []Report) {
	var last stretch
	for i := range reports {
		switch r := &reports[i]; {
		case r.Event.Serial > math.MaxInt64 || r.Event.Index > math.MaxInt64 || r.Event.Number > math.MaxInt64:
			d.log.Error("event dropped: its name is out of range", "port", p.port, "controller", r.Event.Serial)
		case r.Event.Index > 0:
			d.transaction(p, r, &last)
		case r.Event.Number > 0:
			d.driverEvent(p, r)
		default:
			d.log.Error("event dropped: it has no name", "port", p.port, "controller", r.Event.Serial)
		}
	}
	d.touch(p, last.logKey, last.brought)
}

// stretch is transactions of one log that came one behind the other.
type stretch struct {
	logKey
	brought
}

func (d *Desk) transaction(p *Peer, r *Report, last *stretch) {
	h := d.history(r.Event.Serial)
	if h == nil {
		return
	}
	r.Record.LogEpoch = p.logEpoch(h, r.Event)
	fresh, begins := h.extent(r.Record.LogEpoch).add(r.Event.Index)
	if key := (logKey{r.Event.Serial, r.Record.LogEpoch}); key != last.logKey {
		d.touch(p, last.logKey, last.brought)
		*last = stretch{logKey: key}
	}
	last.add(brought{r.Event.Index, 1})
	if !fresh {
		return
	}
	r.Record.Begins = begins
	d.change.Events = append(d.change.Events, r.Record)
	if begins && p.logEpochs {
		d.begun[r.Event.Serial] = true
	}
	d.narrate(p, r)
}

// driverEvent takes in what the driver saw. The store drops the repeats.
func (d *Desk) driverEvent(p *Peer, r *Report) {
	p.receipt.numbers = append(p.receipt.numbers, r.Event.Number)
	if gap := r.Event.GetGap(); gap != nil {
		d.gap(p, r.Event, gap)
		return
	}
	r.Record.LogEpoch = 0
	d.change.Events = append(d.change.Events, r.Record)
	d.liveEvent(p, r.Event)
}

func (d *Desk) gap(p *Peer, ev *pb.Event, gap *pb.Gap) {
	h := d.history(ev.Serial)
	if h == nil {
		return
	}
	logEpoch := p.logEpoch(h, ev)
	first, last := min(gap.First, math.MaxInt64), min(gap.Last, math.MaxInt64)
	h.extent(logEpoch).gap(first, last)
	d.touch(p, logKey{ev.Serial, logEpoch}, brought{max(first, last), 0})
	d.change.Gaps = append(d.change.Gaps, Gap{
		Serial: ev.Serial, LogEpoch: logEpoch, First: first, Last: last, Cause: gap.Cause,
		Instance: p.instance, Number: ev.Number, ReceivedNS: ev.ReceivedNs, LeaseEpoch: ev.LeaseEpoch,
	})
	d.log.Warn("transactions missing", "controller", ev.Serial, "first", gap.First, "last", gap.Last, "cause", Word(gap.Cause))
}

// logEpoch is the log an event belongs to: as told, or as counted by the lease it was seen under.
func (p *Peer) logEpoch(h *history, ev *pb.Event) uint32 {
	if p.logEpochs {
		return ev.LogEpoch
	}
	return h.under(ev.LeaseEpoch)
}
