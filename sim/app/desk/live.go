package desk

import (
	"time"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// live is what the app believes of every controller right now. It follows the current lease alone.
type live map[uint64]Controller

func newLive(kept []Controller) live {
	l := make(live, len(kept))
	for _, c := range kept {
		l[c.Serial] = c
	}
	return l
}

// present notes a controller that was just admitted; it is online when its driver says so.
func (d *Desk) present(p *Peer, l Lease, req *pb.AdmitRequest) {
	d.keep(Controller{
		Serial: l.Serial, Instance: p.instance, Port: p.port, LeaseEpoch: l.Epoch,
		Peer: req.Peer, TLS: req.Tls, Model: req.Model, Firmware: req.Firmware, MAC: req.Mac,
		Cause: "admitted", SinceNS: d.live[l.Serial].SinceNS,
	})
}

func (d *Desk) keep(c Controller) {
	d.live[c.Serial] = c
	d.change.Controllers[c.Serial] = c
}

// liveEvent follows what a driver saw, when its lease is the current one.
func (d *Desk) liveEvent(p *Peer, ev *pb.Event) {
	if lost := ev.GetLost(); lost != nil {
		d.log.Error("driver lost reports", "port", p.port, "driver_events", lost.DriverEvents, "results", lost.Results)
		return
	}
	if !d.leases.current(ev.Serial, ev.LeaseEpoch, p.instance) {
		return
	}
	c := d.live[ev.Serial]
	c.Serial = ev.Serial
	switch body := ev.Body.(type) {
	case *pb.Event_Online:
		c.Peer, c.TLS, c.MAC = body.Online.Peer, body.Online.Tls, body.Online.Mac
		c.Model, c.Firmware = body.Online.Model, body.Online.Firmware
		c.CommandsReady = body.Online.CommandsReady
		d.online(p, c, ev.LeaseEpoch, ev.ReceivedNs)
	case *pb.Event_Offline:
		d.offline(time.Unix(0, ev.ReceivedNs), ev.Serial, body.Offline.Cause)
	case *pb.Event_CommandsReady:
		c.CommandsReady = body.CommandsReady.Ready
		d.keep(c)
	}
}

func (d *Desk) online(p *Peer, c Controller, leaseEpoch uint64, sinceNS int64) {
	was := c.Online
	c.Instance, c.Port, c.LeaseEpoch, c.Online, c.Cause = p.instance, p.port, leaseEpoch, true, ""
	if !was {
		c.SinceNS = sinceNS
		d.log.Info("controller online", "controller", c.Serial, "port", c.Port, "model", c.Model, "peer", c.Peer)
		d.sameMAC(c)
	}
	d.keep(c)
}

// sameMAC reports two controllers that are online with one hardware address. A driver sees only its own ones.
func (d *Desk) sameMAC(c Controller) {
	other := d.live[d.macs[c.MAC]]
	switch {
	case c.MAC == "":
	case other.Online && other.MAC == c.MAC && other.Serial != c.Serial:
		d.log.Warn("two controllers tell one MAC, one may be a copy", "controller", c.Serial, "other", other.Serial, "mac", c.MAC)
	default:
		d.macs[c.MAC] = c.Serial
	}
}

func (d *Desk) offline(now time.Time, serial uint64, cause string) {
	c := d.live[serial]
	if !c.Online {
		return
	}
	c.Online, c.CommandsReady, c.Cause, c.SinceNS = false, false, cause, now.UnixNano()
	d.log.Warn("controller offline", "controller", serial, "port", c.Port, "cause", cause)
	d.keep(c)
}

// Snapshot replaces the live state of all controllers of a process.
func (d *Desk) Snapshot(now time.Time, p *Peer, s *pb.Snapshot) {
	leased := make(map[uint64]bool, len(s.Controllers))
	for _, state := range s.Controllers {
		if state.Standing != pb.ControllerStanding_CONTROLLER_STANDING_LEASED ||
			!d.leases.current(state.Serial, state.LeaseEpoch, p.instance) {
			continue
		}
		leased[state.Serial] = true
		c := d.live[state.Serial]
		c.Serial, c.Peer, c.CommandsReady = state.Serial, state.Peer, state.CommandsReady
		d.online(p, c, state.LeaseEpoch, state.AttachedNs)
	}
	for _, serial := range matching(d.live, func(serial uint64, c Controller) bool { return c.Instance == p.instance && !leased[serial] }) {
		d.offline(now, serial, "its driver has it no more")
	}
}

func (d *Desk) allOffline(now time.Time, instance, cause string) {
	for _, serial := range matching(d.live, func(_ uint64, c Controller) bool { return c.Instance == instance }) {
		d.offline(now, serial, cause)
	}
}
