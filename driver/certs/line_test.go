package certs

import (
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"

	"mercury-driver/driver/config"
	pb "mercury-driver/proto/mercury/driver/v1"
	"mercury-driver/sim/certs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var quiet = slog.New(slog.DiscardHandler)

// made is a directory with a CA, and a server's and a client's certificate that are good for an hour from then on.
func made(t *testing.T, from time.Time) (dir string) {
	t.Helper()
	dir = t.TempDir()
	renew(t, dir, from)
	return dir
}

// renew makes all anew, with another CA.
func renew(t *testing.T, dir string, from time.Time) {
	t.Helper()
	os.Remove(filepath.Join(dir, "ca.pem"))
	if err := certs.Renew(dir, from, from.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
}

func settings(dir string) config.TLS {
	return config.TLS{Keys: "REDIS", Use: "on", CA: filepath.Join(dir, "ca.pem"),
		Cert: filepath.Join(dir, "client.pem"), Key: filepath.Join(dir, "client-key.pem")}
}

func line(t *testing.T, settings config.TLS) *Line {
	t.Helper()
	l, err := New(settings, quiet)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// serverOf is the TLS of a server that wants clients of the directory's CA.
func serverOf(t *testing.T, dir string) *tls.Config {
	t.Helper()
	s, err := certs.Open(certs.Files{CA: filepath.Join(dir, "ca.pem"),
		Cert: filepath.Join(dir, "server.pem"), Key: filepath.Join(dir, "server-key.pem")})
	if err != nil {
		t.Fatal(err)
	}
	return s.Server()
}

// ways are how lines are used: each sends something and gets an answer of a server with that TLS; nil is none.
var ways = map[string]func(*testing.T, *Line, *tls.Config) error{"as Redis": askByDial, "as gRPC": askByGRPC}

func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return listener
}

// ping is more than the head of a TLS record, so that a server that wants TLS sees that it is none.
const ping = "*1\r\n$4\r\nPING\r\n"

func askByDial(t *testing.T, l *Line, server *tls.Config) error {
	listener := listen(t)
	served := make(chan struct{})
	go func() {
		defer close(served)
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		if server == nil {
			io.WriteString(conn, "-ERR Protocol error\r\n")
			return
		}
		secured := tls.Server(conn, server)
		io.CopyN(secured, secured, int64(len(ping)))
		secured.Close()
	}()
	defer func() { listener.Close(); <-served }()
	conn, err := l.Dial(t.Context(), "tcp", listener.Addr().String())
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.Write([]byte(ping)); err != nil {
		return err
	}
	_, err = io.ReadFull(conn, make([]byte, len(ping)))
	return err
}

func askByGRPC(t *testing.T, l *Line, own *tls.Config) error {
	var options []grpc.ServerOption
	if own != nil {
		options = append(options, grpc.Creds(credentials.NewTLS(own)))
	}
	server, listener := grpc.NewServer(options...), listen(t)
	served := make(chan struct{})
	go func() { defer close(served); server.Serve(listener) }()
	defer func() { server.Stop(); <-served }()
	client, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(l.Credentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	_, err = pb.NewVendorAppServiceClient(client).Admit(ctx, &pb.AdmitRequest{})
	if status.Code(err) == codes.Unimplemented { // the server's own words
		return nil
	}
	return err
}

// An error says what is wrong, and what to change.
func TestWhatIsWrongIsNamed(t *testing.T) {
	now := time.Now()
	dir, foreign := made(t, now), made(t, now)
	old, young := made(t, now.Add(-2*time.Hour)), made(t, now.Add(time.Hour))
	mine := settings(dir)
	with := func(change func(*config.TLS)) *Line {
		changed := mine
		change(&changed)
		return line(t, changed)
	}
	later := serverOf(t, dir)
	inner := later.GetConfigForClient
	later.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		c, err := inner(hello)
		c.Time = func() time.Time { return now.Add(2 * time.Hour) }
		return c, err
	}
	good, plain := serverOf(t, dir), line(t, config.TLS{Keys: "REDIS", Use: "off"})
	for name, test := range map[string]struct {
		line   *Line
		server *tls.Config
		says   string
	}{
		"nothing": {line(t, mine), good, ""},
		"another CA signed the server's": {with(func(s *config.TLS) { s.CA = settings(foreign).CA }), good,
			"no CA in REDIS_CA signed the server's certificate; add the CA that did"},
		"no CA of ours is named": {with(func(s *config.TLS) { s.CA = "" }), good,
			"no CA of this system signed the server's certificate; name the CA that did in REDIS_CA"},
		"the server's is for another name": {with(func(s *config.TLS) { s.ServerName = "cache.example" }), good,
			"is for localhost, 127.0.0.1, ::1, not for cache.example; dial a name that it is for, or set REDIS_SERVER_NAME"},
		"the server's is past":         {line(t, onlyCA(old)), serverOf(t, old), "in the server's chain the certificate of CN=localhost expired at 20"},
		"the server's is not good yet": {line(t, onlyCA(young)), serverOf(t, young), "in the server's chain the certificate of CN=localhost is not good before 20"},
		"we show none": {with(func(s *config.TLS) { s.Cert, s.Key = "", "" }), good,
			"if it wants a certificate of ours, set REDIS_CERT and REDIS_KEY (remote error: tls: certificate required)"},
		"the server does not know our CA": {with(func(s *config.TLS) { s.Cert, s.Key = settings(foreign).Cert, settings(foreign).Key }), good,
			"see that it takes the certificate in REDIS_CERT (remote error: tls: unknown certificate authority)"},
		"ours is past by the server's clock": {line(t, mine), later, "see that it takes the certificate in REDIS_CERT (remote error: tls: "},
		"the server speaks plain text":       {line(t, mine), nil, "the server does not speak TLS"},
		"nothing, in plain text":             {plain, nil, ""},
		"the server wants TLS":               {plain, good, "the server hung up without a word; if it wants TLS, say REDIS_TLS=on ("},
	} {
		for way, ask := range ways {
			t.Run(name+", "+way, func(t *testing.T) {
				err := ask(t, test.line, test.server)
				if (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
					t.Errorf("%v\nwant %q", err, test.says)
				}
			})
		}
	}
}

// A server that takes what we say for the beginning of something of its own says nothing, until our time is over.
func TestServerThatIsSilent(t *testing.T) {
	listener := listen(t)
	defer listener.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := line(t, settings(made(t, time.Now()))).Dial(ctx, "tcp", listener.Addr().String())
	if err == nil || !strings.Contains(err.Error(), "did not answer the TLS handshake") {
		t.Error(err)
	}
}

func onlyCA(dir string) config.TLS { return config.TLS{Keys: "REDIS", Use: "on", CA: settings(dir).CA} }
