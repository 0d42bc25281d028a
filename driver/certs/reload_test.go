package certs

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"
)

// watched runs a test on fake time, with a line whose files are looked at.
func watched(t *testing.T, test func(t *testing.T, w *watching)) {
	synctest.Test(t, func(t *testing.T) {
		w := &watching{t: t, dir: made(t, time.Now())}
		l, err := New(settings(w.dir), slog.New(slog.NewTextHandler(&w.log, nil)))
		if err != nil {
			t.Fatal(err)
		}
		w.Line = l
		ctx, end := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { l.Run(ctx) })
		test(t, w)
		end()
		running.Wait()
	})
}

type watching struct {
	*Line
	t   *testing.T
	dir string
	log logged
}

// logged is what was logged so far.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *logged) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), text)
}

// shows is the certificate that the line shows now, as the file had it.
func (w *watching) shows() []byte {
	own, err := w.loaded.Load().GetClientCertificate(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return own.Certificate[0]
}

func (w *watching) write(name, text string) {
	w.t.Helper()
	if err := os.WriteFile(w.dir+"/"+name, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func (w *watching) read(name string) string {
	w.t.Helper()
	text, err := os.ReadFile(w.dir + "/" + name)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(text)
}

func TestReplacedFilesAreUsed(t *testing.T) {
	watched(t, func(t *testing.T, w *watching) {
		before := w.shows()
		time.Sleep(time.Minute)
		renew(t, w.dir, time.Now())
		time.Sleep(2 * lookEvery)
		synctest.Wait()
		if bytes.Equal(w.shows(), before) || w.Stale() {
			t.Errorf("the new certificate is not used, stale: %v", w.Stale())
		}
		if n := w.log.count("certificate files were replaced"); n != 1 {
			t.Errorf("said %d times", n)
		}
		if err := ways["as Redis"](t, w.Line, serverOf(t, w.dir)); err != nil {
			t.Errorf("with the new CA: %v", err)
		}
	})
}

// A tool that replaces the certificate first and its key some seconds later is not taken for a fault.
func TestReplacedOneAfterTheOther(t *testing.T) {
	watched(t, func(t *testing.T, w *watching) {
		next := made(t, time.Now())
		time.Sleep(lookEvery - time.Second/2) // so that there is a look between the first two
		for _, name := range []string{"client.pem", "client-key.pem", "ca.pem"} {
			text, err := os.ReadFile(next + "/" + name)
			if err != nil {
				t.Fatal(err)
			}
			w.write(name, string(text))
			time.Sleep(lookEvery - time.Second)
		}
		time.Sleep(2 * lookEvery)
		synctest.Wait()
		if w.Stale() || w.log.count("level=WARN") != 0 || w.log.count("were replaced") != 1 {
			t.Errorf("stale: %v, %s", w.Stale(), w.log.text.String())
		}
	})
}

// Files that can't be used change nothing but that it is said; right ones end that.
func TestBadFilesLeaveThoseBeforeInUse(t *testing.T) {
	for name, spoil := range map[string]func(*watching){
		"a certificate that is none": func(w *watching) { w.write("client.pem", "half") },
		"another one's key":          func(w *watching) { w.write("client-key.pem", w.read("server-key.pem")) },
		"a file that is gone":        func(w *watching) { os.Remove(w.dir + "/ca.pem") },
		"a FIFO":                     func(w *watching) { os.Remove(w.dir + "/client.pem"); unix.Mkfifo(w.dir+"/client.pem", 0o600) },
		"a certificate that is past": func(w *watching) { renew(w.t, w.dir, time.Now().Add(-2*time.Hour)) },
	} {
		t.Run(name, func(t *testing.T) {
			watched(t, func(t *testing.T, w *watching) {
				server, _ := serverOf(t, w.dir).GetConfigForClient(nil) // as it is now, whatever comes
				before := w.shows()
				spoil(w)
				time.Sleep(time.Minute)
				synctest.Wait()
				if !w.Stale() || !bytes.Equal(w.shows(), before) {
					t.Errorf("stale: %v, the certificate from before: %v", w.Stale(), bytes.Equal(w.shows(), before))
				}
				if n := w.log.count("level=WARN"); n != 1 || w.log.count(`err="REDIS_`) != 1 {
					t.Errorf("%d warnings: %s", n, w.log.text.String())
				}
				if err := ways["as Redis"](t, w.Line, server); err != nil {
					t.Error(err)
				}
				renew(t, w.dir, time.Now())
				time.Sleep(2 * lookEvery)
				synctest.Wait()
				if w.Stale() || bytes.Equal(w.shows(), before) {
					t.Errorf("after the right ones came: stale %v", w.Stale())
				}
			})
		})
	}
}

// A certificate that becomes good later is used from then on.
func TestCertificateThatIsNotGoodYet(t *testing.T) {
	watched(t, func(t *testing.T, w *watching) {
		before := w.shows()
		renew(t, w.dir, time.Now().Add(time.Minute))
		time.Sleep(30 * time.Second)
		synctest.Wait()
		if !w.Stale() || !bytes.Equal(w.shows(), before) {
			t.Errorf("before its time: stale %v", w.Stale())
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if w.Stale() || bytes.Equal(w.shows(), before) {
			t.Errorf("in its time: stale %v", w.Stale())
		}
	})
}
