package app_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

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

// inMemory is a rig without sockets, for fake time; there is no Redis.
func inMemory(t *testing.T) *rig {
	lis := bufconn.Listen(1 << 16)
	nowhere := func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Err: errors.New("there is no Redis")}
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- app.Run(ctx, lis, app.Options{DB: filepath.Join(t.TempDir(), "app.db"),
			Redis: &redis.Options{Addr: "127.0.0.1:1", Dialer: nowhere}, Log: slog.New(slog.DiscardHandler)})
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
	})
	return &rig{t: t, conn: conn}
}

func TestASilentDriverAndItsCommandEndByThemselves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := inMemory(t)
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
		r := inMemory(t)
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
