package desk

import (
	"cmp"
	"time"

	"google.golang.org/protobuf/proto"

	appv1 "mercury-driver/proto/mercury/app/v1"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// patience is how long after its ttl a command may still be answered, before its requester has
// the last word.
const patience = 5 * time.Second

// order is a command that has not ended.
type order struct {
	Order
	opened   time.Time
	deadline time.Time
	ended    func(*pb.CommandResult, time.Duration)
}

// reopen takes up a command that was open when the app ended. What the wall clock says has passed of its time
// counts; what is left goes by the monotonic one.
func reopen(now time.Time, o Order) *order {
	opened := now.Add(-max(0, now.Sub(time.Unix(0, o.CreatedNS))))
	return &order{
		Order: o, opened: opened, deadline: opened.Add(o.TTL + patience),
		ended: func(*pb.CommandResult, time.Duration) {},
	}
}

// Open writes a checked wish into the audit under a new id, and sends it when that is stored.
func (d *Desk) Open(now time.Time, id string, w Wish) {
	w.Route = cmp.Or(w.Route, appv1.Route_ROUTE_REDIS)
	holder, lease := d.holder(w.Serial)
	if w.Route == appv1.Route_ROUTE_CLAIM {
		lease = Lease{}
	}
	o := d.enter(now, id, w, lease)
	c := proto.CloneOf(w.Command)
	c.Id, c.TtlMs, c.LeaseEpoch, c.IssuedAtNs = id, uint32(o.TTL.Milliseconds()), lease.Epoch, now.UnixNano()
	switch {
	case w.Route == appv1.Route_ROUTE_CLAIM:
		d.then(func() { w.Publish(c) })
	case holder == nil:
		d.NotSent(now, id, "offline: no driver process holds this controller")
	case w.Route == appv1.Route_ROUTE_REDIS:
		d.then(func() { w.Publish(c) })
	case !holder.up:
		d.NotSent(now, id, "offline: the stream of its driver process is down")
	default:
		d.then(func() {
			holder.link.Send(&pb.ConnectResponse{Message: &pb.ConnectResponse_Command{
				Command: &pb.DirectCommand{Serial: w.Serial, Command: c}}})
		})
	}
}

// enter begins the audit row of a command.
func (d *Desk) enter(now time.Time, id string, w Wish, lease Lease) *order {
	kind, arguments := describe(w.Command)
	text, err := bodyJSON.Marshal(arguments.Interface())
	if err != nil {
		text = []byte("{}") // a text in it is not UTF-8: the driver refuses it
	}
	ttl := lifetime(w.Command)
	o := &order{opened: now, deadline: now.Add(ttl + patience), ended: w.Ended, Order: Order{
		ID: id, Serial: w.Serial, Kind: kind, Arguments: text, RequestedBy: w.Command.RequestedBy,
		Route: Word(w.Route), TTL: ttl, LeaseEpoch: lease.Epoch, CreatedNS: now.UnixNano(),
	}}
	d.orders[id] = o
	d.change.Opened = append(d.change.Opened, o.Order)
	d.log.Info("command "+plain(kind), append([]any{"controller", w.Serial, "cmd_id", id, "by", o.RequestedBy}, Details(arguments)...)...)
	return o
}

// NotSent ends a command that certainly reached nobody.
func (d *Desk) NotSent(now time.Time, id, reason string) {
	d.endHere(now, id, pb.Outcome_OUTCOME_REFUSED, reason)
}

// giveUp ends what nobody answered in time.
func (d *Desk) giveUp(now time.Time) {
	for _, id := range matching(d.orders, func(_ string, o *order) bool { return !now.Before(o.deadline) }) {
		d.endHere(now, id, pb.Outcome_OUTCOME_UNKNOWN, "no result came in time")
	}
}

func (d *Desk) endHere(now time.Time, id string, outcome pb.Outcome, reason string) {
	if o := d.orders[id]; o != nil {
		d.end(now, &pb.CommandResult{
			Id: id, Serial: o.Serial, Outcome: outcome, Reason: reason, LeaseEpoch: o.LeaseEpoch, EndedNs: now.UnixNano(),
		})
	}
}

// end ends a command in the audit; false when it is not open: it has ended before, or is not ours.
func (d *Desk) end(now time.Time, r *pb.CommandResult) bool {
	o := d.orders[r.Id]
	if o == nil || o.Serial != r.Serial {
		return false
	}
	delete(d.orders, r.Id)
	d.change.Ended = append(d.change.Ended, Ending{r, now.UnixNano()})
	took := now.Sub(o.opened)
	d.log.Info("command "+plain(o.Kind)+" "+Word(r.Outcome), "controller", r.Serial, "cmd_id", r.Id,
		"by", o.RequestedBy, "dur", took, "reason", r.Reason)
	d.then(func() { o.ended(r, took) })
	return true
}
