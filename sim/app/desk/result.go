package desk

import (
	"cmp"
	"slices"
	"time"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// Result takes in the end of a command. One that was taken in before is acknowledged again, and no more.
func (d *Desk) Result(now time.Time, p *Peer, r *pb.CommandResult) {
	r.Instance = cmp.Or(r.Instance, p.instance)
	p.receipt.results = append(p.receipt.results, r.Id)
	if d.end(now, r) {
		d.change.Results = append(d.change.Results, r)
		return
	}
	known, err := d.store.Known(r)
	if err != nil {
		d.fail(err)
		return
	}
	what := "command " + cmp.Or(plain(known.Kind), "of others") + " " + Word(r.Outcome)
	again := known.Told || d.waits(r)
	switch {
	case again:
		what += ", told again"
	case known.Kind != "":
		what += ", too late"
	}
	attrs := []any{"controller", r.Serial, "cmd_id", r.Id, "reason", r.Reason}
	if known.RequestedBy != "" { // as we are told of those only that we were asked by
		attrs = append(attrs, "by", known.RequestedBy)
	}
	d.log.Info(what, attrs...)
	if !again {
		d.change.Results = append(d.change.Results, r)
		d.change.Late = append(d.change.Late, Ending{r, now.UnixNano()})
	}
}

// waits tells whether a result is to be stored by the next Commit.
func (d *Desk) waits(r *pb.CommandResult) bool {
	return slices.ContainsFunc(d.change.Results, func(w *pb.CommandResult) bool {
		return w.Id == r.Id && w.Instance == r.Instance
	})
}
