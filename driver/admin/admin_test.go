package admin

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"mercury-driver/cvendor/scp"
	"mercury-driver/driver/config"
	"mercury-driver/driver/controller"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var quiet = slog.New(slog.DiscardHandler)

// client keeps no connection, so that the test's end leaves none.
var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

func allWell() Sources {
	return Sources{
		Version: "1.2.3", Commit: "abc", Library: `mpl 1.2 sha256:0123`,
		Table:     controller.NewTable(controller.Rules{}, scp.Capabilities{}, quiet),
		Hang:      func() error { return nil },
		Readiness: func() Readiness { return Readiness{Open: true, VendorApp: true, Redis: true} },
		VendorApp: func() VendorApp { return VendorApp{} },
		Redis:     func() Redis { return Redis{} },
		Gate:      func() Gate { return Gate{} },
		Threads:   func() Threads { return Threads{} },
		Spool:     func() Spool { return Spool{} },
	}
}

// listening is a server on a free port.
func listening(t *testing.T, s Sources) (server *Server, base string) {
	t.Helper()
	server = New("127.0.0.1:0", s, quiet)
	if err := server.Listen(); err != nil {
		t.Fatal(err)
	}
	return server, "http://" + server.listener.Addr().String()
}

// serving starts a server, until the test ends.
func serving(t *testing.T, s Sources) (base string) {
	t.Helper()
	server, base := listening(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- server.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("server ended with %v", err)
		}
	})
	return base
}

func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	response, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	bytes, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(bytes)
}

func TestReady(t *testing.T) {
	for name, c := range map[string]struct {
		ready  Readiness
		status int
		lines  []string
	}{
		"all there": {Readiness{Open: true, VendorApp: true, Redis: true}, 200, []string{"ready"}},
		"no port":   {Readiness{VendorApp: true, Redis: true}, 503, []string{"the port for controllers is not open"}},
		"no app":    {Readiness{Open: true, Redis: true}, 503, []string{"no stream to the vendor app"}},
		"no redis":  {Readiness{Open: true, VendorApp: true}, 503, []string{"no connection to Redis"}},
		"draining": {Readiness{Open: true, VendorApp: true, Redis: true, Draining: true}, 503,
			[]string{"draining"}},
		"nothing": {Readiness{}, 503, []string{"the port for controllers is not open",
			"no stream to the vendor app", "no connection to Redis"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := allWell()
			s.Readiness = func() Readiness { return c.ready }
			status, body := get(t, serving(t, s)+"/readyz")
			if want := strings.Join(c.lines, "\n") + "\n"; status != c.status || body != want {
				t.Errorf("%d %q, want %d %q", status, body, c.status, want)
			}
		})
	}
}

func TestHealth(t *testing.T) {
	s := allWell()
	var hang error
	s.Hang = func() error { return hang }
	s.Readiness = func() Readiness { return Readiness{} }
	base := serving(t, s)
	if status, body := get(t, base+"/healthz"); status != 200 || body != "ok\n" {
		t.Errorf("not ready, but healthy: %d %q", status, body)
	}
	hang = errors.New("library call post has not come back")
	if status, body := get(t, base+"/healthz"); status != 503 || !strings.Contains(body, "post") {
		t.Errorf("hung: %d %q", status, body)
	}
}

func TestOnlyReading(t *testing.T) {
	base := serving(t, allWell())
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		response, err := client.Post(base+path, "text/plain", strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("POST %s: %d", path, response.StatusCode)
		}
	}
	if status, _ := get(t, base+"/"); status != http.StatusNotFound {
		t.Errorf("GET /: %d", status)
	}
}

func TestAddress(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for name, c := range map[string]struct {
		addr  string
		text  string
		fault bool // of the configuration
	}{
		"taken":         {taken.Addr().String(), "is in use: another process listens there", false},
		"not ours":      {"192.0.2.1:80", "is no address of this machine", true},
		"not resolved":  {"no..body:80", "names no host that can be found", true},
		"switched off":  {"", "", false},
		"one that does": {"127.0.0.1:0", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			s := New(c.addr, allWell(), quiet)
			err := s.Listen()
			var fault config.Faults
			if errors.As(err, &fault) != c.fault || errors.Is(err, syscall.EADDRINUSE) != (name == "taken") {
				t.Errorf("%v", err)
			}
			switch {
			case c.text == "" && err != nil:
				t.Error(err)
			case c.text != "" && (err == nil || !strings.Contains(err.Error(), "ADMIN_ADDR: "+c.addr+" "+c.text)):
				t.Errorf("got %v, want one that says %q", err, c.text)
			}
			ended, end := context.WithCancel(t.Context())
			end()
			if err == nil && s.Run(ended) != nil {
				t.Error("it does not end in order")
			}
		})
	}
}

// Whoever keeps a connection open, or an answer waiting, does not hold up the end of the process.
func TestShutdownIsBounded(t *testing.T) {
	s := allWell()
	asked, release := make(chan struct{}), make(chan struct{})
	s.Hang = func() error {
		close(asked)
		<-release
		return nil
	}
	server, base := listening(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- server.Run(ctx) }()
	idle, err := net.Dial("tcp", server.listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		if response, err := client.Get(base + "/healthz"); err == nil {
			response.Body.Close()
		}
	}()
	<-asked
	cancel()
	if err := <-done; err != nil {
		t.Errorf("server ended with %v", err)
	}
	close(release)
	<-answered
}
