package main

import (
	"mercury-driver/cvendor/scp"
	"mercury-driver/driver/admin"
)

// newAdmin makes the admin server over the numbers of all parts.
func (p *process) newAdmin(caps scp.Capabilities) *admin.Server {
	return admin.New(p.config.AdminAddr, admin.Sources{
		Version: version, Commit: commit, Library: caps.Library,
		Table:     p.table,
		Hang:      p.hang,
		Readiness: p.readiness,
		VendorApp: p.vendorApp,
		Redis:     p.redis,
		Gate:      p.gated,
		Threads:   p.threads,
		Spool:     p.spooled,
	}, p.log)
}

// hang is the library call that does not come back; the process is about to end then.
func (p *process) hang() error {
	if h := p.state.hung.Load(); h != nil {
		return *h
	}
	return nil
}

func (p *process) readiness() admin.Readiness {
	return admin.Readiness{
		Open: p.state.open.Load(), Draining: p.state.draining.Load(),
		VendorApp: p.uplink.Outbox.Counts().Connected, Redis: p.commands.Stats().Up,
	}
}

func (p *process) vendorApp() admin.VendorApp {
	c := p.uplink.Outbox.Counts()
	return admin.VendorApp{
		Reconnects: max(c.Streams, 1) - 1, Sent: c.Sent, Acked: c.Acked, Stalls: c.Stalls,
		LostEvents: c.LostDriverEvents, LostResults: c.LostResults,
		Unacked: c.Unacked, Credit: c.Credit, Results: c.Results,
		Admissions: p.uplink.Admissions.Pending(), StaleCerts: p.toApp.Stale(),
	}
}

func (p *process) redis() admin.Redis {
	s, c := p.commands.Stats(), p.claims.Stats()
	return admin.Redis{Reconnects: s.Reconnects, Malformed: s.Malformed, Undecodable: s.Undecodable,
		Subscribed: s.Subscribed, Unsettled: s.Unsettled, Claims: c.Open, Repeated: c.Repeated,
		StaleCerts: p.toRedis.Stale()}
}

func (p *process) spooled() admin.Spool {
	if p.spool == nil {
		return admin.Spool{}
	}
	c := p.spool.Counts()
	return admin.Spool{Bytes: c.Bytes, Limit: p.config.SpoolMB << 20, Queued: c.Queued, Controllers: c.Controllers,
		Written: c.Written, Failures: c.Failures}
}

func (p *process) gated() admin.Gate {
	s := p.gate.Stats()
	return admin.Gate{Unsigned: s.Unsigned, UnknownKey: s.UnknownKey, BadSignature: s.BadSignature,
		Replayed: s.Replayed, Keys: s.Keys, Stale: s.Stale}
}

func (p *process) threads() admin.Threads {
	s := p.pool.Stats()
	return admin.Threads{Running: s.Threads, Waiting: s.Queued}
}
