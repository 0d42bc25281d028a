package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"

	appv1 "mercury-driver/proto/mercury/app/v1"
	pb "mercury-driver/proto/mercury/driver/v1"
	"mercury-driver/sim/app/desk"
)

// order is a command line of mercury-sim send.
type order struct {
	kind    string
	app     string
	asJSON  bool
	tls     *tlsFlags
	request *appv1.SendCommandRequest
}

func sendCommand(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, f, status := parseOrder(args, stdout, stderr)
	if o == nil {
		return status
	}
	secured, err := o.credentials()
	if err != nil {
		return f.fault("%v", err)
	}
	answer, err := o.send(ctx, secured)
	if err != nil {
		return f.failed(err)
	}
	if o.asJSON {
		fmt.Fprintln(stdout, protojson.MarshalOptions{UseProtoNames: true, EmitDefaultValues: true}.Format(answer))
	} else {
		fmt.Fprintln(stdout, o.told(answer))
	}
	if answer.GetResult().GetOutcome() != pb.Outcome_OUTCOME_DONE {
		return exitFailed
	}
	return exitOK
}

// parseOrder reads SERIAL KIND [flags]. Without an order, status is how to exit.
func parseOrder(args []string, stdout, stderr io.Writer) (o *order, f *actionFlags, status int) {
	f = &actionFlags{flagSet: newFlagSet("send", "SERIAL KIND [flags]", stdout, stderr)}
	if len(args) < 2 || slices.ContainsFunc(args[:2], isHelp) {
		return nil, nil, sendHelp(f, args)
	}
	serial, err := parseSerial(args[0])
	if err != nil {
		return nil, nil, f.fault("%v", err)
	}
	kind, found := findKind(args[1])
	if !found {
		return nil, nil, f.fault("%q is no kind of command; there are %s", args[1], kindNames())
	}
	o = &order{kind: kind.name, request: &appv1.SendCommandRequest{Serial: serial, Command: &pb.Command{}}}
	f.flagSet = newFlagSet("send "+args[0]+" "+kind.name, "[flags]", stdout, stderr)
	kind.action(o.request.Command, f)
	o.flags(f)
	if status, done := f.parseAll(args[2:]); done {
		return nil, nil, status
	}
	if err := f.check(); err != nil {
		return nil, nil, f.fault("%v", err)
	}
	if !isAddress(o.app) {
		return nil, nil, f.fault("-app: %q is no address: want host:port", o.app)
	}
	return o, f, exitOK
}

func sendHelp(f *actionFlags, args []string) int {
	if slices.ContainsFunc(args, isHelp) {
		f.help(f.stdout)
		fmt.Fprintln(f.stdout, "kinds; each takes -app, -tls-ca, -tls-cert, -tls-key, -ttl, -by, -route and -json too:")
		printKinds(f.stdout)
		return exitOK
	}
	return f.fault("want SERIAL KIND; kinds are %s", kindNames())
}

// flags are those that every kind has.
func (o *order) flags(f *actionFlags) {
	f.StringVar(&o.app, "app", defaultApp, "`address` of the app")
	o.tls = f.clientTLS("tls-", "the app's")
	f.BoolVar(&o.asJSON, "json", false, "print the answer as JSON")
	c := o.request.Command
	c.RequestedBy = cmp.Or(os.Getenv("USER"), "mercury-sim")
	f.Func("by", "`name` of who asks, for the audit (default "+c.RequestedBy+")", func(name string) error {
		c.RequestedBy = name
		return desk.CheckRequester(name)
	})
	f.Func("ttl", "how long the command is good for, 2s to 10m; the default is 5s for what moves a door, else 1m", func(text string) error {
		ttl, err := time.ParseDuration(text)
		if err != nil || ttl < 2*time.Second || ttl > 10*time.Minute {
			return fmt.Errorf("want a span from 2s to 10m")
		}
		c.TtlMs = uint32(ttl.Milliseconds())
		return nil
	})
	f.Func("route", "redis (for the lease's holder), claim (for whoever claims it) or stream", func(text string) error {
		routes := map[string]appv1.Route{
			"redis": appv1.Route_ROUTE_REDIS, "claim": appv1.Route_ROUTE_CLAIM, "stream": appv1.Route_ROUTE_STREAM}
		if o.request.Route = routes[text]; o.request.Route == appv1.Route_ROUTE_UNSPECIFIED {
			return fmt.Errorf("want redis, claim or stream")
		}
		return nil
	})
}

// credentials are those to dial the app with.
func (o *order) credentials() (credentials.TransportCredentials, error) {
	store, err := o.tls.open(nil)
	if store == nil {
		return insecure.NewCredentials(), err
	}
	return credentials.NewTLS(store.Client("")), nil // gRPC fills in the host
}

// send asks the app and waits for the end, which comes within ttl + 5 s.
func (o *order) send(ctx context.Context, secured credentials.TransportCredentials) (*appv1.SendCommandResponse, error) {
	conn, err := grpc.NewClient(o.app, grpc.WithTransportCredentials(secured))
	if err != nil {
		return nil, fmt.Errorf("app address %s: %w", o.app, err)
	}
	defer conn.Close()
	answer, err := appv1.NewOperatorServiceClient(conn).SendCommand(ctx, o.request)
	if err != nil && ctx.Err() != nil {
		return nil, errors.New("interrupted: the command goes on without you, if the app has it already; mercury-sim audit shows its end")
	}
	switch fault := status.Convert(err); fault.Code() {
	case codes.OK:
		return answer, nil
	case codes.Unavailable:
		return nil, fmt.Errorf("the app at %s can not be reached; %s (%s)", o.app, wayToApp(fault.Message()), fault.Message())
	default:
		return nil, fmt.Errorf("the app at %s: %s", o.app, fault.Message())
	}
}

// hungUp is what gRPC says of a server that is there, and does not agree with us on TLS; which of it is chance.
var hungUp = regexp.MustCompile("handshake failed|reading server preface|broken pipe|connection reset")

// wayToApp is what to do about what gRPC says of a connection that there is none.
func wayToApp(fault string) string {
	switch {
	case hungUp.MatchString(fault):
		return "it is there, but may want TLS, or other certificates: see -tls-ca, -tls-cert and -tls-key, or whether that is an app at all"
	case strings.Contains(fault, "produced zero addresses"): // gRPC's word for it
		return "no such host: name it with -app"
	}
	return "start it, or name it with -app"
}

// told is the answer in one line.
func (o *order) told(answer *appv1.SendCommandResponse) string {
	r := answer.GetResult()
	line := fmt.Sprintf("controller %d: %s: %s after %s", r.GetSerial(), o.kind, desk.Word(r.GetOutcome()),
		time.Duration(answer.GetTookNs()).Round(100*time.Microsecond))
	if r.GetReason() != "" {
		line += ": " + r.GetReason()
	}
	return line
}
