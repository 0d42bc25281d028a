package uplink

import (
	"errors"
	"reflect"
	"testing"
	"time"

	pb "mercury-driver/proto/mercury/driver/v1"
)

func welcome() *pb.ConnectResponse {
	return &pb.ConnectResponse{Message: &pb.ConnectResponse_Welcome{
		Welcome: &pb.Welcome{LeaseTtlMs: 10_000, Credit: 1024}}}
}

func echoOf(h *pb.Heartbeat) *pb.ConnectResponse {
	return &pb.ConnectResponse{Message: &pb.ConnectResponse_Heartbeat{Heartbeat: h}}
}

func direct(id string) *pb.ConnectResponse {
	return &pb.ConnectResponse{Message: &pb.ConnectResponse_Command{Command: &pb.DirectCommand{
		Serial: 7, Command: &pb.Command{Id: id}}}}
}

// welcomed is a stream that has sent Hello, snapshot and its first heartbeat at start.
func welcomed(t *testing.T) (*Uplink[int], *Stream[int], *recorder) {
	u, r := New[int](testConfig()), &recorder{}
	s := u.Open(start, r)
	s.Next(start)
	if err := s.Receive(start, welcome()); err != nil {
		t.Fatal(err)
	}
	if m, _ := s.Next(start); m.GetSnapshot() == nil {
		t.Fatalf("no snapshot after Welcome but %v", m)
	}
	if m, _ := s.Next(start); m.GetHeartbeat().GetNumber() != 1 {
		t.Fatalf("no heartbeat at once but %v", m)
	}
	return u, s, r
}

func TestHelloThenNothingUntilWelcome(t *testing.T) {
	u, r := New[int](testConfig()), &recorder{held: []*pb.HeldLease{{Serial: 7, LeaseEpoch: 3}}}
	u.Outbox.Offer(seen(7))
	u.Outbox.Answer(&pb.CommandResult{Id: "a"})
	s := u.Open(start, r)
	u.Outbox.Return(7, 3)
	m, _ := s.Next(start)
	if h := m.GetHello(); h.GetInstance() != "instance" || len(h.GetHeldLeases()) != 1 {
		t.Fatalf("first message is %v", m)
	}
	if m, at := s.Next(after(time.Minute)); m != nil || !at.IsZero() {
		t.Fatalf("before Welcome %v was sent", m)
	}
	if len(u.config.Hello.HeldLeases) != 0 {
		t.Error("the configuration was changed")
	}
	if err := s.Receive(after(time.Second), welcome()); err != nil {
		t.Fatal(err)
	}
	want := []string{"welcomed 0", "leases", "snapshot"}
	if got := r.told(); !reflect.DeepEqual(got, want) {
		t.Errorf("the sessions heard %q, want %q", got, want)
	}
	if !r.until.Equal(after(10 * time.Second)) {
		t.Errorf("leases run until %v from Hello, want the ttl", r.until.Sub(start))
	}
	var kinds []string
	for m, _ := s.Next(start); m != nil; m, _ = s.Next(start) {
		kinds = append(kinds, reflect.TypeOf(m.Message).Elem().Name())
	}
	wantKinds := []string{"ConnectRequest_Snapshot", "ConnectRequest_Heartbeat", "ConnectRequest_Result",
		"ConnectRequest_Events", "ConnectRequest_LeaseReturn"}
	if !reflect.DeepEqual(kinds, wantKinds) {
		t.Errorf("sent %q, want %q", kinds, wantKinds)
	}
}

func TestEchoMovesLeasesAndTheAgeOfCommands(t *testing.T) {
	_, s, r := welcomed(t)
	s.Receive(after(100*time.Millisecond), direct("before any echo"))
	if !r.born.Equal(start) {
		t.Errorf("a command before any echo is bounded by %v, want the start of the stream", r.born.Sub(start))
	}
	m, _ := s.Next(after(time.Second))
	s.Receive(after(1500*time.Millisecond), echoOf(m.GetHeartbeat()))
	if !r.until.Equal(after(11 * time.Second)) {
		t.Errorf("leases run until %v, want the sending of heartbeat 2 and the ttl", r.until.Sub(start))
	}
	s.Receive(after(3*time.Second), direct("after echo 2"))
	if !r.born.Equal(after(time.Second)) {
		t.Errorf("a command after echo 2 is bounded by %v, want its sending", r.born.Sub(start))
	}
	told := len(r.told())
	s.Receive(after(4*time.Second), echoOf(m.GetHeartbeat()))
	if len(r.told()) != told {
		t.Errorf("a repeated echo moved something: %q", r.told()[told:])
	}
}

func TestReceive(t *testing.T) {
	u, s, r := welcomed(t)
	told := len(r.told())
	u.Outbox.Offer(entry(7, 1, 1))
	u.Outbox.Result(&pb.CommandResult{Id: "a"})
	s.Next(start)
	s.Next(start)
	u.Outbox.Result(&pb.CommandResult{Id: "not sent yet"})
	for _, m := range []*pb.ConnectResponse{
		{Message: &pb.ConnectResponse_Ack{Ack: upTo(7, 1, 1)}},
		{Message: &pb.ConnectResponse_Ack{Ack: &pb.Ack{Results: []string{"a", "not sent yet", "a"}}}},
		{Message: &pb.ConnectResponse_LeaseRevoke{LeaseRevoke: &pb.LeaseRevoke{Serial: 7, LeaseEpoch: 3}}},
		{Message: &pb.ConnectResponse_Command{Command: &pb.DirectCommand{Serial: 7}}}, // no command in it
		{Message: &pb.ConnectResponse_Credit{Credit: &pb.Credit{Transactions: 1 << 31}}},
		{}, // a kind of message that is newer than we are
	} {
		if err := s.Receive(start, m); err != nil {
			t.Fatalf("%v: %v", m, err)
		}
	}
	if got, want := r.told()[told:], []string{"acked 1", "acked 0", "results [a]", "revoked 7/3"}; !reflect.DeepEqual(got, want) {
		t.Errorf("the sessions heard %q, want %q", got, want)
	}
	if c := u.Outbox.Counts(); c.Unacked != 0 || c.Credit != maxCredit {
		t.Errorf("counts %+v", c)
	}
}

func TestBreachOfTheContract(t *testing.T) {
	welcomeOf := func(ttl, credit uint32) *pb.ConnectResponse {
		return &pb.ConnectResponse{Message: &pb.ConnectResponse_Welcome{
			Welcome: &pb.Welcome{LeaseTtlMs: ttl, Credit: credit}}}
	}
	for name, messages := range map[string][]*pb.ConnectResponse{
		"ack before welcome": {{Message: &pb.ConnectResponse_Ack{Ack: &pb.Ack{}}}},
		"unknown first":      {{}},
		"second welcome":     {welcome(), welcome()},
		"ttl too short":      {welcomeOf(2_999, 256)},
		"ttl too long":       {welcomeOf(60_001, 256)},
		"credit too small":   {welcomeOf(10_000, 255)},
	} {
		t.Run(name, func(t *testing.T) {
			s := New[int](testConfig()).Open(start, &recorder{})
			var err error
			for _, m := range messages {
				if err != nil {
					t.Fatalf("too early: %v", err)
				}
				err = s.Receive(start, m)
			}
			var breach *BreachError
			if !errors.As(err, &breach) {
				t.Fatalf("taken: %v", err)
			}
		})
	}
}
