package admin

import (
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	pb "mercury-driver/proto/mercury/driver/v1"
)

func TestMetrics(t *testing.T) {
	s := allWell()
	counts := s.Table.Counts()
	counts.Leased.Store(2)
	counts.Open.Store(3)
	counts.Forwarded.Store(4)
	counts.Repeats.Store(5)
	counts.Gaps.Store(6)
	counts.Stalls.Store(7)
	counts.Fences.Store(8)
	counts.Strays.Store(9)
	counts.Outcomes[pb.Outcome_OUTCOME_DONE].Store(10)
	counts.Outcomes[pb.Outcome_OUTCOME_UNKNOWN].Store(11)
	counts.NotOurs.Store(12)
	counts.RepeatedIDs.Store(13)
	counts.ClaimsLost.Store(14)
	counts.ClaimsFailed.Store(15)
	counts.Malformed.Store(16)
	counts.Dropped.Store(17)
	counts.Refused.Store(18)
	counts.Twins.Store(61)
	counts.Quarantined.Store(19)
	counts.SentAway.Store(60)
	counts.Unkept.Store(62)
	s.VendorApp = func() VendorApp {
		return VendorApp{Reconnects: 20, Sent: 21, Acked: 22, Stalls: 23, LostEvents: 24, LostResults: 25,
			Unacked: 26, Credit: 27, Results: 28, Admissions: 29, StaleCerts: true}
	}
	s.Redis = func() Redis {
		return Redis{Reconnects: 30, Malformed: 1, Undecodable: 2, Subscribed: 33, Claims: 34, Repeated: 35, Unsettled: 36}
	}
	s.Spool = func() Spool {
		return Spool{Bytes: 50, Limit: 51, Queued: 52, Controllers: 53, Written: 54, Failures: 55}
	}
	s.Gate = func() Gate {
		return Gate{Unsigned: 60, UnknownKey: 61, BadSignature: 62, Replayed: 63, Keys: 64, Stale: true}
	}
	s.Threads = func() Threads { return Threads{Running: 40, Waiting: 41} }
	status, body := get(t, serving(t, s)+"/metrics")
	if status != 200 {
		t.Fatalf("status %d: %s", status, body)
	}
	for _, line := range []string{
		`mercury_controllers_attached 0`,
		`mercury_controllers_leased 2`,
		`mercury_sequences_open 3`,
		`mercury_events_forwarded_total 4`,
		`mercury_repeats_dropped_total 5`,
		`mercury_gaps_total 6`,
		`mercury_window_stalls_total 7`,
		`mercury_leases_revoked_total 8`,
		`mercury_strays_total 9`,
		`mercury_connections_refused_total 18`,
		`mercury_twins_total 61`,
		`mercury_controllers_quarantined 19`,
		`mercury_controllers_refused_total 60`,
		`mercury_transactions_lost_total 62`,
		`mercury_commands_total{outcome="done"} 10`,
		`mercury_commands_total{outcome="nak"} 0`,
		`mercury_commands_total{outcome="refused"} 0`,
		`mercury_commands_total{outcome="expired"} 0`,
		`mercury_commands_total{outcome="overloaded"} 0`,
		`mercury_commands_total{outcome="unknown"} 11`,
		`mercury_commands_not_ours_total 12`,
		`mercury_commands_repeated_total 13`,
		`mercury_spool_bytes 50`,
		`mercury_spool_limit_bytes 51`,
		`mercury_spool_queued 52`,
		`mercury_spool_controllers 53`,
		`mercury_spool_written_total 54`,
		`mercury_spool_failures_total 55`,
		`mercury_claims_open 34`,
		`mercury_commands_unsettled 36`,
		`mercury_claims_repeated_total 35`,
		`mercury_claims_lost_total 14`,
		`mercury_claims_failed_total 15`,
		`mercury_commands_malformed_total 19`,
		`mercury_commands_dropped_total 17`,
		`mercury_stream_reconnects_total 20`,
		`mercury_events_sent_total 21`,
		`mercury_events_acked_total 22`,
		`mercury_credit_stalls_total 23`,
		`mercury_lost_total{what="driver_event"} 24`,
		`mercury_lost_total{what="result"} 25`,
		`mercury_events_unacked 26`,
		`mercury_credit_transactions 27`,
		`mercury_results_unacked 28`,
		`mercury_admissions_pending 29`,
		`mercury_redis_reconnects_total 30`,
		`mercury_certificates_stale{line="vendor_app"} 1`,
		`mercury_certificates_stale{line="redis"} 0`,
		`mercury_subscriptions 33`,
		`mercury_command_threads 40`,
		`mercury_command_threads_wanted 41`,
		`mercury_commands_unverified_total{cause="unsigned"} 60`,
		`mercury_commands_unverified_total{cause="unknown_key"} 61`,
		`mercury_commands_unverified_total{cause="bad_signature"} 62`,
		`mercury_commands_unverified_total{cause="replayed"} 63`,
		`mercury_command_keys 64`,
		`mercury_command_keys_stale 1`,
		`mercury_port_open 1`,
		`mercury_stream_up 1`,
		`mercury_redis_up 1`,
		`mercury_draining 0`,
	} {
		if !strings.Contains(body, "\n"+line+"\n") {
			t.Errorf("missing: %s", line)
		}
	}
	for _, part := range []string{`library="mpl 1.2 sha256:0123"`, `version="1.2.3"`, "\ngo_goroutines ",
		"\nprocess_open_fds "} {
		if !strings.Contains(body, part) {
			t.Errorf("missing: %s", part)
		}
	}
	problems, err := promlint.New(strings.NewReader(body)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}
