package store_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	pb "mercury-driver/proto/mercury/driver/v1"
	"mercury-driver/sim/app/desk"
	"mercury-driver/sim/app/store"
)

func TestTheAuditIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "app.db")
	s := open(t, path)
	order := func(id string, serial uint64) desk.Order {
		return desk.Order{ID: id, Serial: serial, Kind: "unlock", Arguments: []byte(`{"door":2}`), RequestedBy: "ada",
			Route: "redis", TTL: 5 * time.Second, LeaseEpoch: 7, CreatedNS: 1_000_000_000}
	}
	end := func(id string, outcome pb.Outcome, reason, instance string) desk.Ending {
		return desk.Ending{AtNS: 2_000_000_000, CommandResult: &pb.CommandResult{
			Id: id, Serial: 1, Outcome: outcome, Reason: reason, Instance: instance}}
	}
	for _, c := range []desk.Change{
		{Opened: []desk.Order{order("waits", 1), order("ends", 1), order("given up", 1), order("elsewhere", 2)}},
		{Ended: []desk.Ending{end("ends", pb.Outcome_OUTCOME_DONE, "", "a"), end("given up", pb.Outcome_OUTCOME_UNKNOWN, "no result", "")}},
		{Late: []desk.Ending{end("given up", pb.Outcome_OUTCOME_NAK, "busy", "a")}},
	} {
		if err := s.Commit(&c); err != nil {
			t.Fatal(err)
		}
	}
	var late store.Entry
	for filter, want := range map[store.AuditFilter]string{
		{}:                          "waits open, ends done, given up unknown, elsewhere open",
		{Serial: 2}:                 "elsewhere open",
		{ID: "ends"}:                "ends done",
		{End: store.Unended}:        "waits open, elsewhere open",
		{End: "unknown", Serial: 1}: "given up unknown",
		{End: "nak"}:                "",
	} {
		var got []string
		err := store.Audit(path, filter, func(e store.Entry) error {
			got = append(got, e.ID+" "+e.Outcome)
			if e.LateOutcome != "" {
				late = e
			}
			return nil
		})
		if text := strings.Join(got, ", "); err != nil || text != want {
			t.Errorf("%+v: got %s, %v, want %s", filter, text, err, want)
		}
	}
	if late.ID != "given up" || late.LateOutcome != "nak" || late.LateReason != "busy" || late.Instance != "" ||
		string(late.Arguments) != `{"door":2}` || late.Ended.Sub(late.Created) != time.Second || late.Late.IsZero() || late.TTLMs != 5000 {
		t.Errorf("got %+v", late)
	}
}
