package app_test

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	appv1 "mercury-driver/proto/mercury/app/v1"
	pb "mercury-driver/proto/mercury/driver/v1"
	"mercury-driver/sim/app"
)

func TestABadHelloEndsTheStream(t *testing.T) {
	r := newRig(t)
	for name, c := range map[string]struct {
		first *pb.ConnectRequest
		want  codes.Code
	}{
		"not a hello":      {&pb.ConnectRequest{Message: &pb.ConnectRequest_Heartbeat{Heartbeat: &pb.Heartbeat{}}}, codes.InvalidArgument},
		"another contract": {&pb.ConnectRequest{Message: &pb.ConnectRequest_Hello{Hello: &pb.Hello{ContractVersion: 9}}}, codes.FailedPrecondition},
	} {
		t.Run(name, func(t *testing.T) {
			if got := status.Code(r.open(c.first).ends()); got != c.want {
				t.Errorf("ended with %v, want %v", got, c.want)
			}
		})
	}
	d := r.connect("a")
	d.send(&pb.ConnectRequest{Message: &pb.ConnectRequest_Hello{Hello: &pb.Hello{}}})
	if got := status.Code(d.ends()); got != codes.InvalidArgument {
		t.Errorf("a second Hello ended it with %v", got)
	}
}

func TestTwoStreamsOfOneInstance(t *testing.T) {
	r := newRig(t)
	first, second := r.connect("a"), r.connect("a")
	if got := status.Code(first.ends()); got != codes.Aborted {
		t.Errorf("the first ended with %v, want Aborted", got)
	}
	second.beat(1)
	if m := second.next(); m.GetHeartbeat() == nil {
		t.Errorf("the second got %v, want its heartbeat", m)
	}
}

func TestAHeartbeatComesBackWithTheAppsTime(t *testing.T) {
	d := newRig(t).connect("a")
	before := time.Now()
	d.beat(7)
	h := d.next().GetHeartbeat()
	if at := time.Unix(0, h.GetAppTimeNs()); h.GetNumber() != 7 || at.Before(before) || at.After(time.Now()) {
		t.Errorf("got %v", h)
	}
}

// A driver counts its lease from these echoes, so a slow disk must not hold them up.
// Broken once on purpose: echoing in a step of the desk fails here.
func TestASlowDatabaseHoldsUpAcksOnly(t *testing.T) {
	r := newRig(t)
	d := r.connect("a")
	d.admit(1)
	release := r.lockDatabase()
	d.report(1, 1, 3)
	for number := uint64(1); number <= 3; number++ {
		d.beat(number)
		if m := d.next(); m.GetHeartbeat().GetNumber() != number {
			t.Fatalf("got %v while nothing could be stored, want heartbeat %d", m, number)
		}
	}
	release()
	d.acked(3)
}

func TestMoreThanTheCreditEndsTheStream(t *testing.T) {
	r := newRig(t)
	d := r.connect("a")
	defer r.lockDatabase()()
	for first := uint64(1); ; first += 256 {
		batch := &pb.EventBatch{}
		for index := first; index < first+256; index++ {
			batch.Events = append(batch.Events, &pb.Event{Serial: 1, Index: index})
		}
		if d.stream.Send(&pb.ConnectRequest{Message: &pb.ConnectRequest_Events{Events: batch}}) != nil {
			break
		}
	}
	if got := status.Code(d.ends()); got != codes.ResourceExhausted {
		t.Errorf("ended with %v", got)
	}
}

// lockDatabase keeps the app from storing anything until release.
func (r *rig) lockDatabase() (release func()) {
	r.t.Helper()
	db, err := sql.Open("sqlite", r.db)
	if err != nil {
		r.t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE"); err != nil {
		r.t.Fatal(err)
	}
	return func() { db.Close() }
}

func TestARestartOverTheSameFile(t *testing.T) {
	r := newRig(t)
	d := r.connect("a")
	lease := d.admit(1).LeaseEpoch
	d.report(1, 1, 10)
	d.acked(10)
	r.restart()
	d = r.connect("b")
	d.report(1, 8, 12)
	d.acked(12)
	if a := d.admit(1); a.ResumeAfter != 12 || a.LeaseEpoch <= lease {
		t.Errorf("got %v after lease %d", a, lease)
	}
}

func TestGoingDownSaysSo(t *testing.T) {
	r := newRig(t)
	d := r.connect("a")
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	if got := status.Code(d.ends()); got != codes.Unavailable {
		t.Errorf("ended with %v, want Unavailable", got)
	}
}

func TestACommandThroughRedis(t *testing.T) {
	r := newRig(t)
	d := r.connect("a")
	lease := d.admit(61364).LeaseEpoch
	channel := r.redis.NewSubscriber()
	defer channel.Close()
	channel.Subscribe("61364")

	answers := r.unlock(61364, appv1.Route_ROUTE_REDIS)
	c := &pb.Command{}
	if err := proto.Unmarshal([]byte((<-channel.Messages()).Message), c); err != nil {
		t.Fatal(err)
	}
	if c.GetUnlock().GetDoor() != 1 || c.LeaseEpoch != lease || c.RequestedBy != "ada" {
		t.Errorf("published %v", c)
	}
	d.answer(c, 61364, pb.Outcome_OUTCOME_DONE)
	if a := <-answers; a.GetResult().GetOutcome() != pb.Outcome_OUTCOME_DONE || a.GetResult().GetInstance() != "a" || a.GetTookNs() <= 0 {
		t.Errorf("answered %v", a)
	}
	if m := d.next(); m.GetAck() == nil || m.GetAck().Results[0] != c.Id {
		t.Errorf("got %v, want the result acknowledged", m)
	}
}

// A command in a stream waits for a process; the stream is kept for it, and not for ever.
func TestACommandThroughAStream(t *testing.T) {
	r := (&rig{t: t, way: app.Streams}).begin()
	d := r.connect("a")
	bell := r.redis.NewSubscriber()
	defer bell.Close()
	const stream = "commands:{61364}"
	bell.Subscribe(stream)
	answers := r.unlock(61364, appv1.Route_ROUTE_CLAIM)
	<-bell.Messages()
	entries, err := r.redis.Stream(stream)
	if err != nil || len(entries) != 1 || entries[0].Values[0] != "command" {
		t.Fatalf("the stream has %v, %v", entries, err)
	}
	if left := r.redis.TTL(stream); left != 7*24*time.Hour {
		t.Errorf("it is kept for %v", left)
	}
	c := &pb.Command{}
	if err := proto.Unmarshal([]byte(entries[0].Values[1]), c); err != nil {
		t.Fatal(err)
	}
	d.answer(c, 61364, pb.Outcome_OUTCOME_DONE)
	if a := <-answers; a.GetResult().GetOutcome() != pb.Outcome_OUTCOME_DONE {
		t.Errorf("answered %v", a)
	}
}

func TestParseWay(t *testing.T) {
	for name, good := range map[string]bool{"pubsub": true, "sharded": true, "streams": true, "": false, "stream": false} {
		if way, err := app.ParseWay(name); (err == nil) != good || good && string(way) != name {
			t.Errorf("%q: %q, %v", name, way, err)
		}
	}
}

func TestACommandDownTheStream(t *testing.T) {
	r := newRig(t)
	d := r.connect("a")
	lease := d.admit(1).LeaseEpoch
	answers := r.unlock(1, appv1.Route_ROUTE_STREAM)
	direct := d.next().GetCommand()
	if direct.GetSerial() != 1 || direct.GetCommand().GetLeaseEpoch() != lease {
		t.Fatalf("got %v", direct)
	}
	d.answer(direct.Command, 1, pb.Outcome_OUTCOME_NAK)
	if a := <-answers; a.GetResult().GetOutcome() != pb.Outcome_OUTCOME_NAK {
		t.Errorf("answered %v", a)
	}
}

func TestACommandThatNobodyHearsEndsAtOnce(t *testing.T) {
	r := newRig(t)
	r.connect("a").admit(1)
	if a := <-r.unlock(1, appv1.Route_ROUTE_REDIS); a.GetResult().GetOutcome() != pb.Outcome_OUTCOME_REFUSED {
		t.Errorf("answered %v", a)
	}
}

func TestTheAppOutlivesRedis(t *testing.T) {
	r := newRig(t)
	d := r.connect("a")
	d.admit(1)
	r.redis.Close()
	if a := <-r.unlock(1, appv1.Route_ROUTE_REDIS); a.GetResult().GetOutcome() != pb.Outcome_OUTCOME_REFUSED {
		t.Errorf("without Redis it answered %v", a)
	}
	if err := r.redis.Restart(); err != nil {
		t.Fatal(err)
	}
	channel := r.redis.NewSubscriber()
	defer channel.Close()
	channel.Subscribe("1")
	answers := r.unlock(1, appv1.Route_ROUTE_REDIS)
	c := &pb.Command{}
	if err := proto.Unmarshal([]byte((<-channel.Messages()).Message), c); err != nil {
		t.Fatal(err)
	}
	d.answer(c, 1, pb.Outcome_OUTCOME_DONE)
	if a := <-answers; a.GetResult().GetOutcome() != pb.Outcome_OUTCOME_DONE {
		t.Errorf("with Redis back it answered %v", a)
	}
}

func TestAWishThatIsWrong(t *testing.T) {
	r := newRig(t)
	_, err := appv1.NewOperatorServiceClient(r.conn).SendCommand(context.Background(), &appv1.SendCommandRequest{Serial: 1})
	if got := status.Code(err); got != codes.InvalidArgument {
		t.Errorf("got %v", err)
	}
}
