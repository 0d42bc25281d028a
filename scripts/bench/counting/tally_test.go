package counting

import (
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	pb "mercury-driver/proto/mercury/driver/v1"
)

const serial = 70001

// logged is a transaction of a controller's log.
func logged(epoch uint32, index uint64) *pb.Event {
	return &pb.Event{Serial: serial, LogEpoch: epoch, Index: index, LeaseEpoch: 1, PanelTimeNs: time.Hour.Nanoseconds(),
		Body: &pb.Event_DoorForced{DoorForced: &pb.DoorForced{Door: 300}}}
}

func gap(number uint64, epoch uint32, first, last uint64) *pb.Event {
	return &pb.Event{Serial: serial, LogEpoch: epoch, Number: number,
		Body: &pb.Event_Gap{Gap: &pb.Gap{First: first, Last: last}}}
}

func batch(t *testing.T, events ...*pb.Event) []byte {
	t.Helper()
	encoded, err := proto.Marshal(&pb.EventBatch{Events: events})
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

func TestLogsAreFollowedInTheirOrder(t *testing.T) {
	for _, c := range []struct {
		name   string
		events []*pb.Event
		want   Counts
		upTo   *pb.LogPosition
	}{
		{"one after the other", []*pb.Event{logged(4, 1), logged(4, 2), logged(4, 3)}, Counts{Events: 3}, at(4, 3)},
		{"a repeat", []*pb.Event{logged(4, 1), logged(4, 2), logged(4, 1)}, Counts{Events: 2, Repeats: 1}, at(4, 2)},
		{"one is missing", []*pb.Event{logged(4, 1), logged(4, 3)}, Counts{Events: 2, Faults: 1}, at(4, 3)},
		{"the first is missing", []*pb.Event{logged(4, 2)}, Counts{Events: 1, Faults: 1}, at(4, 2)},
		{"a gap is told", []*pb.Event{gap(9, 0, 1, 6), logged(0, 7)}, Counts{Events: 1, Gaps: 1, DriverEvents: 1}, at(0, 7)},
		{"an erased log", []*pb.Event{logged(4, 1), gap(9, 4, 2, 0), logged(5, 1)}, Counts{Events: 2, Gaps: 1, DriverEvents: 1}, at(5, 1)},
		{"another log without a word", []*pb.Event{logged(4, 1), logged(5, 1)}, Counts{Events: 2, Faults: 1}, at(5, 1)},
	} {
		t.Run(c.name, func(t *testing.T) {
			tally := New(0)
			ack, err := tally.Batch(time.Unix(7200, 0), batch(t, c.events...), new(Receipt))
			if err != nil {
				t.Fatal(err)
			}
			got := tally.Counts()
			if got.Latency.Count != got.Events {
				t.Errorf("%d latencies of %d events", got.Latency.Count, got.Events)
			}
			got.Latency = Spread{}
			if got != c.want {
				t.Errorf("counted %+v, want %+v", got, c.want)
			}
			if len(ack.Transactions) != 1 || !proto.Equal(ack.Transactions[0], c.upTo) {
				t.Errorf("acknowledges %v, want %v", ack.Transactions, c.upTo)
			}
		})
	}
}

func at(epoch uint32, index uint64) *pb.LogPosition {
	return &pb.LogPosition{Serial: serial, LogEpoch: epoch, Index: index}
}

func TestAReceiptIsUsedAgain(t *testing.T) {
	tally, receipt := New(0), new(Receipt)
	if _, err := tally.Batch(time.Now(), batch(t, logged(4, 1), gap(9, 3, 1, 2)), receipt); err != nil {
		t.Fatal(err)
	}
	ack, err := tally.Batch(time.Now(), batch(t, &pb.Event{Serial: 5, Index: 1}), receipt)
	if want := (&pb.Ack{Transactions: []*pb.LogPosition{{Serial: 5, Index: 1}}}); err != nil || !proto.Equal(ack, want) {
		t.Errorf("acknowledges %v (%v), want %v", ack, err, want)
	}
}

func TestLatencyIsFromThePanelToTheReceipt(t *testing.T) {
	tally := New(0)
	if _, err := tally.Batch(time.Unix(3600, 500), batch(t, logged(0, 1)), new(Receipt)); err != nil {
		t.Fatal(err)
	}
	if got := tally.Counts().Latency.Max; got != 500 {
		t.Errorf("latency is %v, want 500ns", got)
	}
	tally.Reset()
	if got := tally.Counts().Latency; got != (Spread{}) {
		t.Errorf("after the reset it is %+v", got)
	}
}

func TestWhatIsNoBatch(t *testing.T) {
	for name, bytes := range map[string][]byte{
		"cut off":           batch(t, logged(4, 1))[:9],
		"cut off in event":  {0x0a, 2, 0x08, 0x80},
		"no such wire type": {0x0f},
		"rubbish for event": {0x0a, 2, 0x12, 0x7f},
	} {
		if _, err := New(0).Batch(time.Now(), bytes, new(Receipt)); err == nil {
			t.Errorf("%s: taken as a batch", name)
		}
	}
}

// What a newer contract adds is skipped, whatever its wire type.
func TestFieldsThatAreNotKnown(t *testing.T) {
	encoded := batch(t, logged(0, 1))
	encoded = append(encoded, 0x7d, 1, 2, 3, 4, 0x79, 1, 2, 3, 4, 5, 6, 7, 8, 0x7a, 1, 0xff)
	tally := New(0)
	if _, err := tally.Batch(time.Now(), encoded, new(Receipt)); err != nil || tally.Counts().Events != 1 {
		t.Errorf("counted %+v (%v)", tally.Counts(), err)
	}
}

func TestControllersComeAndGo(t *testing.T) {
	tally := New(100)
	ask := func(instance string) *pb.Admitted {
		granted, _, _ := tally.Admit(&pb.AdmitRequest{Instance: instance, Serial: serial})
		return granted
	}
	say := func(lease uint64, ev *pb.Event) {
		ev.Serial, ev.LeaseEpoch, ev.Number = serial, lease, 1
		if _, err := tally.Batch(time.Now(), batch(t, ev), new(Receipt)); err != nil {
			t.Fatal(err)
		}
	}
	online := func(when string, want int) {
		t.Helper()
		if got := tally.Counts().Online; got != want {
			t.Errorf("%s: %d are online, want %d", when, got, want)
		}
	}
	first := ask("a").LeaseEpoch
	online("admitted", 0)
	say(first, &pb.Event{Body: &pb.Event_Online{Online: &pb.Online{}}})
	online("told to be online", 1)
	second := ask("b").LeaseEpoch
	if second <= first || first <= 100 {
		t.Errorf("leases %d and then %d, after 100", first, second)
	}
	if got, held := tally.Lease(serial); got != second || !held {
		t.Errorf("the lease is %d, %v, want %d", got, held, second)
	}
	say(second, &pb.Event{Body: &pb.Event_Online{Online: &pb.Online{}}})
	say(first, &pb.Event{Body: &pb.Event_Offline{Offline: &pb.Offline{}}})
	online("the older lease ended", 1)
	tally.Ended("b")
	online("the stream ended", 0)
	tally.Snapshot("b", &pb.Snapshot{Controllers: []*pb.ControllerState{{Serial: serial, LeaseEpoch: second,
		Standing: pb.ControllerStanding_CONTROLLER_STANDING_LEASED}}})
	online("the stream is back", 1)
	tally.Return("b", &pb.LeaseReturn{Serial: serial, LeaseEpoch: second})
	online("given back", 0)
	if _, held := tally.Lease(serial); held {
		t.Error("a lease that was given back is held")
	}
}

func TestAnAdmittedControllerGoesOnWhereItWas(t *testing.T) {
	tally := New(0)
	if _, err := tally.Batch(time.Now(), batch(t, logged(4, 1), logged(4, 2)), new(Receipt)); err != nil {
		t.Fatal(err)
	}
	granted, holder, _ := tally.Admit(&pb.AdmitRequest{Instance: "a", Serial: serial})
	if granted.ResumeLogEpoch != 4 || granted.ResumeAfter != 2 || holder != "" {
		t.Errorf("granted %v, held before by %q", granted, holder)
	}
	_, holder, ended := tally.Admit(&pb.AdmitRequest{Instance: "b", Serial: serial})
	if holder != "a" || ended.LeaseEpoch != granted.LeaseEpoch {
		t.Errorf("ends %v of %q", ended, holder)
	}
}

func TestVerdicts(t *testing.T) {
	tally := New(0)
	granted, _, _ := tally.Admit(&pb.AdmitRequest{Instance: "a", Serial: serial})
	verdicts := tally.Hello(&pb.Hello{Instance: "a", HeldLeases: []*pb.HeldLease{
		{Serial: serial, LeaseEpoch: granted.LeaseEpoch}, {Serial: 5, LeaseEpoch: 900}}})
	if !verdicts[0].Renewed || verdicts[1].Renewed {
		t.Errorf("verdicts %v", verdicts)
	}
	if verdicts := tally.Hello(&pb.Hello{Instance: "b", HeldLeases: []*pb.HeldLease{
		{Serial: serial, LeaseEpoch: granted.LeaseEpoch}}}); verdicts[0].Renewed {
		t.Error("another instance's lease goes on")
	}
	if granted, _, _ := tally.Admit(&pb.AdmitRequest{Instance: "b", Serial: 5}); granted.LeaseEpoch <= 900 {
		t.Errorf("lease %d after 900 was listed", granted.LeaseEpoch)
	}
}
