package admin

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"mercury-driver/driver/controller"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// picture is all sources at one moment.
type picture struct {
	attached int
	counts   *controller.Counts
	ready    Readiness
	app      VendorApp
	redis    Redis
	gate     Gate
	threads  Threads
	spool    Spool
}

func (s Sources) picture() *picture {
	return &picture{
		attached: s.Table.Attached(), counts: s.Table.Counts(), ready: s.Readiness(),
		app: s.VendorApp(), redis: s.Redis(), gate: s.Gate(), threads: s.Threads(), spool: s.Spool(),
	}
}

// table is every metric of ours but the build's.
func table() []metric {
	return append(commandMetrics(), []metric{
		gauge("controllers_attached", "Controllers that have a link to this process.",
			func(p *picture) int { return p.attached }),
		gauge("controllers_leased", "Controllers that are served.",
			func(p *picture) int64 { return p.counts.Leased.Load() }),
		gauge("controllers_quarantined", "Controllers that the vendor app keeps connected and not served.",
			func(p *picture) int64 { return p.counts.Quarantined.Load() }),
		gauge("sequences_open", "Commands that the library took and the controller has not answered.",
			func(p *picture) int64 { return p.counts.Open.Load() }),
		gauge("command_threads", "Command threads that exist.",
			func(p *picture) int { return p.threads.Running }),
		gauge("command_threads_wanted", "Controllers with a command that wait for a command thread.",
			func(p *picture) int { return p.threads.Waiting }),
		gauge("subscriptions", "Controllers whose commands are heard in Redis.",
			func(p *picture) int { return p.redis.Subscribed }),
		gauge("commands_unsettled", "Commands read from streams that Redis keeps until the vendor app has their results.",
			func(p *picture) int { return p.redis.Unsettled }),
		gauge("claims_open", "Commands that were claimed in Redis, and of which Redis has not said who won.",
			func(p *picture) int { return p.redis.Claims }),
		gauge("command_keys", "Keys that may sign commands; 0 where none needs a signature.",
			func(p *picture) int { return p.gate.Keys }),
		gauge("command_keys_stale", "1 while COMMAND_KEYS can't be read, and the keys before are used.",
			func(p *picture) int { return one(p.gate.Stale) }),
		gauge("admissions_pending", "Controllers that wait for the vendor app's verdict.",
			func(p *picture) int { return p.app.Admissions }),

		gauge("port_open", "1 when the library listens for controllers.",
			func(p *picture) int { return one(p.ready.Open) }),
		gauge("stream_up", "1 when the stream to the vendor app is up.",
			func(p *picture) int { return one(p.ready.VendorApp) }),
		gauge("redis_up", "1 when the connection that hears the commands is up.",
			func(p *picture) int { return one(p.ready.Redis) }),
		gauge("draining", "1 when the process is on its way out.",
			func(p *picture) int { return one(p.ready.Draining) }),
		certificates("vendor_app", func(p *picture) bool { return p.app.StaleCerts }),
		certificates("redis", func(p *picture) bool { return p.redis.StaleCerts }),
		counter("stream_reconnects_total", "Streams to the vendor app after the first.",
			func(p *picture) uint64 { return p.app.Reconnects }),
		counter("redis_reconnects_total", "Connections to Redis after the first.",
			func(p *picture) uint64 { return p.redis.Reconnects }),

		gauge("spool_bytes", "Bytes of disk that transactions take which wait there for the vendor app.",
			func(p *picture) int { return p.spool.Bytes }),
		gauge("spool_limit_bytes", "Most bytes that may wait there; 0 where there is no spool.",
			func(p *picture) int { return p.spool.Limit }),
		gauge("spool_queued", "Transactions that wait for the disk.",
			func(p *picture) int { return p.spool.Queued }),
		gauge("spool_controllers", "Controllers of which something is on disk or waits for it.",
			func(p *picture) int { return p.spool.Controllers }),
		counter("spool_written_total", "Transactions written to disk.",
			func(p *picture) uint64 { return p.spool.Written }),
		counter("spool_failures_total", "Writes that the disk did not take; they are made again.",
			func(p *picture) uint64 { return p.spool.Failures }),

		counter("events_forwarded_total", "Transactions handed on by the sessions.",
			func(p *picture) uint64 { return p.counts.Forwarded.Load() }),
		counter("repeats_dropped_total", "Transactions dropped because they are, or will be, known otherwise.",
			func(p *picture) uint64 { return p.counts.Repeats.Load() }),
		counter("transactions_lost_total", "Transactions that the library says only once, and that the spool could not keep.",
			func(p *picture) uint64 { return p.counts.Unkept.Load() }),
		counter("gaps_total", "Gaps reported in controllers' logs.",
			func(p *picture) uint64 { return p.counts.Gaps.Load() }),
		counter("strays_total", "Messages of the library that belonged to nothing.",
			func(p *picture) uint64 { return p.counts.Strays.Load() }),
		counter("connections_refused_total", "Connections that the library did not let in.",
			func(p *picture) uint64 { return p.counts.Refused.Load() }),
		counter("twins_total", "Controllers that told the MAC or the serial number of another one.",
			func(p *picture) uint64 { return p.counts.Twins.Load() }),
		counter("controllers_refused_total", "Controllers refused, by the vendor app or because the quarantine was full.",
			func(p *picture) uint64 { return p.counts.SentAway.Load() }),
		counter("leases_revoked_total", "Leases that the vendor app ended.",
			func(p *picture) uint64 { return p.counts.Fences.Load() }),
		counter("events_sent_total", "Events handed to the stream, repeats after a reconnect included.",
			func(p *picture) uint64 { return p.app.Sent }),
		counter("events_acked_total", "Events that the vendor app has stored.",
			func(p *picture) uint64 { return p.app.Acked }),
		gauge("events_unacked", "Events kept until the vendor app has stored them.",
			func(p *picture) int { return p.app.Unacked }),
		gauge("results_unacked", "Command results kept until the vendor app has stored them.",
			func(p *picture) int { return p.app.Results }),
		gauge("credit_transactions", "Transactions that the vendor app allows to be unacknowledged.",
			func(p *picture) int { return p.app.Credit }),
		counter("window_stalls_total", "Times that a session left transactions in its controller.",
			func(p *picture) uint64 { return p.counts.Stalls.Load() }),
		counter("credit_stalls_total", "Transactions that found no credit.",
			func(p *picture) uint64 { return p.app.Stalls }),
		labelled("lost_total", "Dropped because nobody took them for too long.", "what", "driver_event",
			func(p *picture) uint64 { return p.app.LostEvents }),
		labelled("lost_total", "Dropped because nobody took them for too long.", "what", "result",
			func(p *picture) uint64 { return p.app.LostResults }),
	}...)
}

// commandMetrics is what became of commands.
func commandMetrics() []metric {
	metrics := []metric{
		counter("claims_lost_total", "Commands that another process claimed.",
			func(p *picture) uint64 { return p.counts.ClaimsLost.Load() }),
		counter("claims_failed_total", "Commands that could not be claimed because Redis could not be asked.",
			func(p *picture) uint64 { return p.counts.ClaimsFailed.Load() }),
		counter("claims_repeated_total", "Attempts at claims that Redis left unanswered, and that were made again.",
			func(p *picture) uint64 { return p.redis.Repeated }),
		counter("commands_not_ours_total", "Commands for another holder of a lease.",
			func(p *picture) uint64 { return p.counts.NotOurs.Load() }),
		counter("commands_repeated_total", "Commands whose id was known.",
			func(p *picture) uint64 { return p.counts.RepeatedIDs.Load() }),
		counter("commands_malformed_total", "Commands that could not be read: dropped, or answered where they have an id.", func(p *picture) uint64 {
			return p.counts.Malformed.Load() + p.redis.Malformed + p.redis.Undecodable
		}),
		counter("commands_dropped_total", "Commands beyond the bound of claims under way.",
			func(p *picture) uint64 { return p.counts.Dropped.Load() }),
	}
	for cause, read := range map[string]func(*picture) uint64{
		"unsigned":      func(p *picture) uint64 { return p.gate.Unsigned },
		"unknown_key":   func(p *picture) uint64 { return p.gate.UnknownKey },
		"bad_signature": func(p *picture) uint64 { return p.gate.BadSignature },
		"replayed":      func(p *picture) uint64 { return p.gate.Replayed },
	} {
		metrics = append(metrics, labelled("commands_unverified_total",
			"Published commands that were dropped because no key vouches for them, by cause.", "cause", cause, read))
	}
	for outcome := pb.Outcome_OUTCOME_DONE; outcome <= pb.Outcome_OUTCOME_UNKNOWN; outcome++ {
		name := strings.ToLower(strings.TrimPrefix(outcome.String(), "OUTCOME_"))
		metrics = append(metrics, labelled("commands_total", "Commands that ended, by outcome.", "outcome", name,
			func(p *picture) uint64 { return p.counts.Outcomes[outcome].Load() }))
	}
	return metrics
}

type number interface{ ~int | ~int64 | ~uint64 }

func gauge[N number](name, help string, read func(*picture) N) metric {
	return newMetric(prometheus.GaugeValue, name, help, nil, read)
}

func counter(name, help string, read func(*picture) uint64) metric {
	return newMetric(prometheus.CounterValue, name, help, nil, read)
}

// labelled is one counter of a family.
func labelled(name, help, label, value string, read func(*picture) uint64) metric {
	return newMetric(prometheus.CounterValue, name, help, prometheus.Labels{label: value}, read)
}

// certificates is whether the files of a line can't be used.
func certificates(line string, stale func(*picture) bool) metric {
	return newMetric(prometheus.GaugeValue, "certificates_stale",
		"1 when the certificate files of a line were replaced by ones that can't be used, so that those from before are.",
		prometheus.Labels{"line": line}, func(p *picture) int { return one(stale(p)) })
}

func newMetric[N number](kind prometheus.ValueType, name, help string, labels prometheus.Labels,
	read func(*picture) N) metric {
	return metric{
		desc: prometheus.NewDesc("mercury_"+name, help, nil, labels), kind: kind,
		read: func(p *picture) float64 { return float64(read(p)) },
	}
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
