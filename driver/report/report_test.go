package report

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"
)

func TestErrorReachesSentryWithTags(t *testing.T) {
	s := newStandIn(t)
	var log bytes.Buffer
	r := open(t, s.options(&log))
	cause := errors.New("controller 61364: post unlock door 2: no such door")
	r.Log.Info("controller online", Controller, 61364)
	r.Log.With(Controller, 61364).WithGroup("post").Error("command failed", SCP, 7, CmdID, "c-1")
	r.Log.Error("command failed", Err, cause, Controller, 61364, Dur, 1500*time.Millisecond, "long", strings.Repeat("x", 300))

	got := s.reports(r)
	if len(got) != 2 {
		t.Fatalf("%d reports, want the 2 errors", len(got))
	}
	for key, want := range map[string]string{Port: "5002", Controller: "61364", "post.scp": "7", "post.cmd_id": "c-1"} {
		if got[0].Tags[key] != want {
			t.Errorf("tag %s is %q, want %q", key, got[0].Tags[key], want)
		}
	}
	e := got[1]
	if e.Level != "error" || e.Message != "command failed" || e.Release != "mercury-driver@4.6.1.212" || e.Environment != "test" {
		t.Errorf("got %+v", e)
	}
	if e.Exception[0].Type != "command failed" || e.Exception[0].Value != cause.Error() {
		t.Errorf("exception %+v", e.Exception)
	}
	if e.Tags[Dur] != "1.5s" || e.Contexts["log"]["long"] != strings.Repeat("x", 300) {
		t.Errorf("tags %v, contexts %v", e.Tags, e.Contexts)
	}
	if n := len(lines(t, &log)); n != 3 {
		t.Errorf("%d log lines, want 3", n)
	}
}

func TestIdenticalErrorsAreSentOnce(t *testing.T) {
	s := newStandIn(t)
	var log bytes.Buffer
	r := open(t, s.options(&log))
	for range 100 {
		r.Log.Error("redis is gone", Err, io.EOF)
	}
	r.Log.Error("redis is gone", Err, io.ErrUnexpectedEOF)
	if got := s.reports(r); len(got) != 2 {
		t.Errorf("%d reports, want one of each error", len(got))
	}
	if n := len(lines(t, &log)); n != 101 {
		t.Errorf("%d log lines, want all", n)
	}
}

func TestPanicIsReportedOnceAndComesBackAsAnError(t *testing.T) {
	s := newStandIn(t)
	var log bytes.Buffer
	r := open(t, s.options(&log))
	err := Guard("event", explode)()

	var panicked *Panic
	if !errors.As(err, &panicked) || panicked.Goroutine != "event" || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatalf("Guard returns %v", err)
	}
	r.Log.Error("the driver ends", Err, fmt.Errorf("run: %w", err)) // as main does
	got := s.reports(r)
	if len(got) != 1 {
		t.Fatalf("%d reports, want 1", len(got))
	}
	e := got[0]
	if e.Level != "fatal" || e.Tags["goroutine"] != "event" || e.Tags[Port] != "5002" {
		t.Errorf("got %+v", e)
	}
	frames := e.Exception[0].Stacktrace.Frames
	if len(frames) == 0 || frames[len(frames)-1].Function != "explode" {
		t.Errorf("frames %v, want explode last", frames)
	}
	if stack := fmt.Sprint(lines(t, &log)[0][stackKey]); !strings.Contains(stack, "report.explode") {
		t.Errorf("logged stack %s", stack)
	}
}

func explode() error { panic(fmt.Errorf("drain: %w", io.ErrUnexpectedEOF)) }

func TestGuardPassesResults(t *testing.T) {
	for _, want := range []error{nil, io.EOF} {
		if err := Guard("event", func() error { return want })(); err != want {
			t.Errorf("got %v, want %v", err, want)
		}
	}
}

func TestSecretsStayHere(t *testing.T) {
	t.Setenv("REDIS_PASSWORD", password)
	t.Setenv("SENTRY_TAGS_LEAK", "pl4nted-tag")
	s := newStandIn(t)
	var log bytes.Buffer
	r := open(t, s.options(&log))
	cause := fmt.Errorf("dial redis://app:%s@cache: refused", password)
	r.Log.Error("redis is gone: "+password, Err, cause, "url", "redis://:pl4nted-p4ss%2Fword@cache", "group", slog.GroupValue(slog.String("in", password)))
	Guard("panics", func() error { panic(cause) })()

	reports := s.reports(r)
	if len(reports) != 2 || len(reports[0].Modules) != 0 || len(reports[0].Contexts) != 0 {
		t.Errorf("got %+v", reports)
	}
	bodies := s.raw()
	for i := range bodies { // Sentry's own key, in the envelope's header, is for Sentry
		_, bodies[i], _ = strings.Cut(bodies[i], "\n")
	}
	out := strings.Join(append(bodies, log.String()), "\n")
	if !strings.Contains(out, "redis://app:***@cache: refused") {
		t.Errorf("the errors did not arrive: %s", out)
	}
	for _, planted := range []string{"pl4nted", sentryKey} {
		if at := strings.Index(out, planted); at >= 0 {
			t.Errorf("%s is in ...%s", planted, out[max(0, at-80):at+len(planted)])
		}
	}
}

func TestNoDSNMeansNoSentry(t *testing.T) {
	s := newStandIn(t)
	t.Setenv("SENTRY_DSN", s.options(nil).DSN) // the SDK would take it from here
	o := s.options(io.Discard)
	o.DSN = ""
	r := open(t, o)
	r.Log.Error("command failed")
	if got := s.reports(r); len(got) != 0 {
		t.Errorf("got %+v", got)
	}
}

func TestUnreachableSentryDelaysNothing(t *testing.T) {
	release := make(chan struct{})
	hangs := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	t.Cleanup(func() { close(release); hangs.Close() })
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	tests := []struct{ name, address string }{
		{"never answers", hangs.Listener.Addr().String()},
		{"refuses", closed.Addr().String()},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := open(t, Options{Log: io.Discard, Format: "json", DSN: "http://key@" + test.address + "/1", Release: "x"})
			start := time.Now()
			for i := range 2000 { // far beyond the queue and the limit
				r.Log.Error("command failed", Err, fmt.Errorf("command %d", i))
			}
			r.Close(100 * time.Millisecond)
			if took := time.Since(start); took > 2*time.Second {
				t.Errorf("2000 errors and the flush took %v", took)
			}
		})
	}
}

func TestBadDSN(t *testing.T) {
	_, err := New(Options{Log: io.Discard, DSN: "https://sentry.example/1"})
	if err == nil || !strings.Contains(err.Error(), "Sentry") {
		t.Errorf("got %v", err)
	}
}

func TestLogFormat(t *testing.T) {
	tests := []struct {
		name, format string
		level        slog.Level
		want         []string
	}{
		{"json", "json", slog.LevelInfo, []string{`"msg":"posted"`, `"port":5002`, `"dur":"250ms"`, `"err":"broken"`}},
		{"auto without a terminal is json", "auto", slog.LevelInfo, []string{`"msg":"posted"`}},
		{"text", "text", slog.LevelInfo, []string{"msg=posted", "port=5002", "dur=250ms", "err=broken"}},
		{"json, a time span in a group", "json", slog.LevelInfo, []string{`"config":{"GRACE_PERIOD":"20s"}`}},
		{"text, a time span in a group", "text", slog.LevelInfo, []string{"config.GRACE_PERIOD=20s"}},
		{"below the level", "json", slog.LevelWarn, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var log bytes.Buffer
			r := open(t, Options{Log: &log, Format: test.format, Level: test.level, Port: 5002})
			r.Log.Info("posted", Dur, 250*time.Millisecond, Err, errors.New("broken"),
				slog.Group("config", "GRACE_PERIOD", 20*time.Second))
			for _, part := range test.want {
				if !strings.Contains(log.String(), part) {
					t.Errorf("no %s in %s", part, log.String())
				}
			}
			if test.want == nil && log.Len() > 0 {
				t.Errorf("logged %s", log.String())
			}
		})
	}
}

func TestTerminalGetsText(t *testing.T) {
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	pipe, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer pipe.Close()
	defer in.Close()
	if !isTerminal(terminal) || isTerminal(in) || isTerminal(io.Discard) {
		t.Errorf("terminal %v, pipe %v, no file %v", isTerminal(terminal), isTerminal(in), isTerminal(io.Discard))
	}
}
