package app_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	appv1 "mercury-driver/proto/mercury/app/v1"
	pb "mercury-driver/proto/mercury/driver/v1"
	"mercury-driver/sim/app"
)

type dialer func(ctx context.Context, network, addr string) (net.Conn, error)

func nowhere(context.Context, string, string) (net.Conn, error) {
	return nil, &net.OpError{Op: "dial", Err: errors.New("there is no Redis")}
}

// inMemory is a rig without sockets, for fake time.
func inMemory(t *testing.T, redisAt dialer, log *slog.Logger) *rig {
	lis := bufconn.Listen(1 << 16)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- app.Run(ctx, lis, app.Options{DB: filepath.Join(t.TempDir(), "app.db"),
			Redis: &redis.Options{Addr: "127.0.0.1:1", Dialer: redisAt}, Log: log})
	}()
	conn, err := grpc.NewClient("passthrough:memory", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return lis.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		conn.Close()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		time.Sleep(time.Second) // a client of Redis that is closed may sleep so long between two dials
	})
	return &rig{t: t, conn: conn}
}

func TestASilentDriverAndItsCommandEndByThemselves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := inMemory(t, nowhere, slog.New(slog.DiscardHandler))
		d := r.connect("a")
		d.admit(1)
		began := time.Now()
		answers := r.unlock(1, appv1.Route_ROUTE_STREAM)
		if m := d.next(); m.GetCommand() == nil {
			t.Fatalf("got %v, want the command", m)
		}
		if err := d.ends(); status.Code(err) != codes.Unavailable {
			t.Errorf("the stream ended with %v", err)
		}
		if took := time.Since(began); took < 10*time.Second || took > 11*time.Second {
			t.Errorf("the stream ended after %v, want the lease time of 10 s", took)
		}
		if a := <-answers; a.GetResult().GetOutcome() != pb.Outcome_OUTCOME_UNKNOWN {
			t.Errorf("answered %v", a)
		}
		if took := time.Since(began); took < 10*time.Second || took > 11*time.Second {
			t.Errorf("answered after %v, want the ttl of 5 s and 5 s more", took)
		}
	})
}

func TestARefusalForWantOfRedisComesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := inMemory(t, nowhere, slog.New(slog.DiscardHandler))
		r.connect("a").admit(1)
		began := time.Now()
		if a := <-r.unlock(1, appv1.Route_ROUTE_REDIS); a.GetResult().GetOutcome() != pb.Outcome_OUTCOME_REFUSED {
			t.Errorf("answered %v", a)
		}
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

func TestAnOutageOfRedisIsToldWithItsSpan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var said bytes.Buffer
		var there atomic.Bool
		server := miniredis.NewMiniRedis()
		defer server.Close()
		inMemory(t, func(ctx context.Context, network, addr string) (net.Conn, error) {
			if !there.Load() {
				return nowhere(ctx, network, addr)
			}
			return server.Dial()
		}, slog.New(slog.NewTextHandler(&said, nil)))
		told := func(outages, ends int) {
			t.Helper()
			synctest.Wait()
			text := said.String()
			if strings.Count(text, "redis does not answer") != outages || strings.Count(text, "redis answers again") != ends {
				t.Fatalf("want %d outages and %d ends in\n%s", outages, ends, text)
			}
		}
		time.Sleep(30 * time.Second)
		told(1, 0)
		there.Store(true)
		time.Sleep(3 * time.Second)
		told(1, 1)
		span := regexp.MustCompile(`dur=(\S+)`).FindStringSubmatch(said.String())
		if lasted, err := time.ParseDuration(span[1]); err != nil || lasted < 30*time.Second || lasted > 33*time.Second {
			t.Errorf("lasted %v, %v, want 30 s and less than 3 more", lasted, err)
		}
		there.Store(false)
		server.Close()
		time.Sleep(5 * time.Second)
		told(2, 1)
	})
}
