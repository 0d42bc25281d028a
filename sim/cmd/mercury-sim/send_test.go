package main

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"

	pb "mercury-driver/proto/mercury/driver/v1"
	"mercury-driver/sim/app/desk"
)

func TestEveryKindOfCommand(t *testing.T) {
	tested := make(map[string]bool)
	for args, want := range map[string]string{
		"unlock -door 2":                               "unlock:{door:2}",
		"door-mode -door 1 -mode card-and-pin":         "door_mode:{door:1 mode:DOOR_MODE_CARD_AND_PIN}",
		"mask -door 1 -alarm held":                     "mask_door:{door:1 alarm:DOOR_ALARM_HELD masked:true}",
		"mask -door 1 -alarm forced -masked=false":     "mask_door:{door:1 alarm:DOOR_ALARM_FORCED}",
		"output -output 3 -action pulse -pulse 1500ms": "output:{output:3 action:OUTPUT_ACTION_PULSE pulse_ms:1500}",
		"mask-input -input 4":                          "mask_input:{input:4 masked:true}",
		"area -area 1 -armed=false":                    "area:{area:1}",
		"procedure -procedure 9 -abort":                "procedure:{procedure:9 abort:true}",
		"set-time":                                     "set_time:{}",
		"set-time -time 1970-01-01T00:00:01Z":          "set_time:{time_ns:1000000000}",
		"put-card -card 7 -pin 1234 -doors 1,3,64":     "put_card:{card:7 pin:1234 doors:0x8000000000000005}",
		"put-card -card 7 -until 1970-01-01T00:00:02Z": "put_card:{card:7 until_ns:2000000000}",
		"delete-card -card 9223372036854775807":        "delete_card:{card:9223372036854775807}",
		"host-decision -request 5 -grant":              "host_decision:{request:5 grant:true}",
		"host-decision -request 5":                     "host_decision:{request:5}",
		"status":                                       "query_status:{}",
		"reset -erase":                                 "reset:{erase:true}",
		"firmware -version 1.30.2":                     `firmware:{version:"1.30.2"}`,
		"detach":                                       "detach:{}",
	} {
		t.Run(args, func(t *testing.T) {
			words := strings.Fields(args)
			tested[words[0]] = true
			o, _, status := parseOrder(append([]string{"61364"}, append(words, "-ttl", "7s", "-by", "ada")...), io.Discard, io.Discard)
			if o == nil {
				t.Fatalf("exit %d", status)
			}
			c := &pb.Command{}
			if err := prototext.Unmarshal([]byte(want), c); err != nil {
				t.Fatal(err)
			}
			c.TtlMs, c.RequestedBy = 7000, "ada"
			if o.request.Serial != 61364 || !proto.Equal(o.request.Command, c) {
				t.Errorf("got %v, want %v", o.request.Command, c)
			}
		})
	}
	for _, k := range kinds() {
		if !tested[k.name] {
			t.Errorf("no case for %s", k.name)
		}
	}
}

func dialRedis(t *testing.T, addr string) *redis.Client {
	client := redis.NewClient(&redis.Options{Addr: addr})
	t.Cleanup(func() { client.Close() })
	return client
}

// standIn plays a driver that answers every command of one controller.
func standIn(t *testing.T, app, redisAddr string, outcome pb.Outcome) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	conn, err := grpc.NewClient(app, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	client := pb.NewVendorAppServiceClient(conn)
	stream, err := client.Connect(ctx)
	if err != nil {
		t.Fatal(err)
	}
	stream.Send(&pb.ConnectRequest{Message: &pb.ConnectRequest_Hello{Hello: &pb.Hello{ContractVersion: 1, Instance: "a", Port: 5001}}})
	if _, err := stream.Recv(); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Admit(ctx, &pb.AdmitRequest{Instance: "a", Serial: 61364}); err != nil {
		t.Fatal(err)
	}
	stream.Send(&pb.ConnectRequest{Message: &pb.ConnectRequest_Events{Events: &pb.EventBatch{Events: []*pb.Event{{
		Serial: 61364, Index: 1, ReceivedNs: 1_800_000_000_000_000_000,
		Body: &pb.Event_AccessDenied{AccessDenied: &pb.AccessDenied{Reader: 1, Door: 2, Card: 99, Reason: pb.DenyReason_DENY_REASON_NO_ACCESS}}}}}}})
	if _, err := stream.Recv(); err != nil { // the ack
		t.Fatal(err)
	}
	channel := dialRedis(t, redisAddr).Subscribe(ctx, "61364")
	if _, err := channel.Receive(ctx); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			m, err := channel.ReceiveMessage(ctx)
			if err != nil {
				return
			}
			c := &pb.Command{}
			proto.Unmarshal([]byte(m.Payload), c)
			stream.Send(&pb.ConnectRequest{Message: &pb.ConnectRequest_Result{Result: &pb.CommandResult{
				Id: c.Id, Serial: 61364, Outcome: outcome, Instance: "a", Reason: "the door is out of order"}}})
		}
	}()
	t.Cleanup(func() {
		cancel()
		channel.Close()
		<-done
		conn.Close()
	})
}

func TestSendAndEvents(t *testing.T) {
	for name, c := range map[string]struct {
		outcome pb.Outcome
		status  int
		text    string
	}{
		"done": {pb.Outcome_OUTCOME_DONE, exitOK, "controller 61364: unlock: done"},
		"nak":  {pb.Outcome_OUTCOME_NAK, exitFailed, "controller 61364: unlock: nak"},
	} {
		t.Run(name, func(t *testing.T) {
			db := filepath.Join(t.TempDir(), "app.db")
			redisAddr := start(t, "redis", "-listen", "127.0.0.1:0").addr(t)
			app := start(t, "app", "-listen", "127.0.0.1:0", "-db", db, "-redis", "redis://"+redisAddr).addr(t)
			standIn(t, app, redisAddr, c.outcome)

			status, stdout, stderr := call("send", "61364", "unlock", "-door", "1", "-app", app)
			if status != c.status || !strings.HasPrefix(stdout, c.text) || !strings.Contains(stdout, "out of order") {
				t.Errorf("status %d, %q, %q", status, stdout, stderr)
			}
			status, stdout, _ = call("send", "61364", "unlock", "-door", "1", "-app", app, "-json", "-route", "claim")
			var answer struct{ Result struct{ Outcome string } }
			if err := json.Unmarshal([]byte(stdout), &answer); err != nil || status != c.status || answer.Result.Outcome != c.outcome.String() {
				t.Errorf("as JSON: status %d, %q", status, stdout)
			}
			wantEvents(t, db)
			wantAudit(t, db, desk.Word(c.outcome))
		})
	}
}

// wantEvents looks into the database of an app that runs.
func wantEvents(t *testing.T, db string) {
	t.Helper()
	want(t, db, "events", map[string]string{
		"":                                  `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d\d:\d\d)     61364       0/1  access denied reader=1 door=2 card=99 reason="no access"\n$`,
		"-json":                             `"kind":"access_denied"`,
		"-serial 61364 -kind access_denied": "card=99",
		"-kind access+denied":               "card=99",
		"-serial 61365":                     "",
		"-kind access_granted":              "",
		"-since 2027-01-15T07:59:59Z":       "card=99",
		"-since 2027-01-15T08:00:01Z":       "",
		"-until 2027-01-15T08:00:00Z":       "",
	})
}

// wantAudit looks for the two commands to unlock a door.
func wantAudit(t *testing.T, db, end string) {
	t.Helper()
	_, found, _ := call("audit", "-db", db)
	id := regexp.MustCompile(`id=(\S{36})`).FindStringSubmatch(found)
	if id == nil {
		t.Fatalf("the audit shows %q", found)
	}
	line := `\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\S+     61364  ` + end +
		` +unlock door=1 by=\S+ id=\S{36} dur=[0-9.µms]+ reason="the door is out of order"\n`
	want(t, db, "audit", map[string]string{
		"":                       "^" + line + line + "$",
		"-json":                  `"kind":"unlock","arguments":{"door":1},"requested_by"`,
		"-id " + id[1]:           "^" + line + "$",
		"-id nobody":             "",
		"-serial 61364":          "^" + line + line + "$",
		"-serial 61365":          "",
		"-end " + end:            "^" + line + line + "$",
		"-end open":              "",
		"-end " + end + " -json": `"outcome":"` + end + `"`,
	})
}

// want calls a query for each of some flags, in which + stands for a blank; the empty expression is no line.
func want(t *testing.T, db, query string, expressions map[string]string) {
	t.Helper()
	for flags, expression := range expressions {
		args := []string{query, "-db", db}
		for _, word := range strings.Fields(flags) {
			args = append(args, strings.ReplaceAll(word, "+", " "))
		}
		status, stdout, stderr := call(args...)
		if status != exitOK || !regexp.MustCompile(expression).MatchString(stdout) || (expression == "") != (stdout == "") {
			t.Errorf("%s %s: status %d, %q, %q", query, flags, status, stdout, stderr)
		}
	}
}

func TestAnAppThatIsNotThere(t *testing.T) {
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	lis.Close()
	for address, want := range map[string]string{
		lis.Addr().String(): lis.Addr().String() + " can not be reached; start it",
		"no..such:7001":     "no such host: name it with -app", // no domain name, so that nobody is asked for it
	} {
		status, _, stderr := call("send", "5", "status", "-app", address)
		if status != exitFailed || !strings.Contains(stderr, want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: status %d, stderr %q", address, status, stderr)
		}
	}
}

func TestAdmissionFromAFile(t *testing.T) {
	for name, list := range map[string]string{"a list": "5, 6", "a file": write(t, "# ours\n5 # the gate\n\n6\n")} {
		t.Run(name, func(t *testing.T) {
			got, err := parseAdmission(list)
			if want := desk.AdmitOnly([]uint64{5, 6}); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
	file := write(t, "5\nthe gate\n")
	if _, err := parseAdmission(file); err == nil || !strings.Contains(err.Error(), file+`: "the gate" is no serial number`) {
		t.Errorf("got %v", err)
	}
}
