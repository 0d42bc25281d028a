package e2e

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials/insecure"
	_ "modernc.org/sqlite" // the driver named "sqlite"

	appv1 "mercury-driver/proto/mercury/app/v1"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// app is the vendor app: its process, its database, and its service for operators.
type app struct {
	*process
	port     int
	redis    int
	database string
	flags    []string // beside the usual ones
	stored   *sql.DB  // the database, to be read while the app writes it
	operator appv1.OperatorServiceClient
}

// anApp is an app that is not started yet, with a database of its own.
func anApp(t *testing.T, redis int) *app {
	t.Helper()
	a := &app{port: freePort(t), redis: redis, database: filepath.Join(t.TempDir(), "app.db")}
	again := grpc.WithConnectParams(grpc.ConnectParams{MinConnectTimeout: 2 * time.Second,
		Backoff: backoff.Config{BaseDelay: 100 * time.Millisecond, MaxDelay: 100 * time.Millisecond}})
	conn, err := grpc.NewClient(loopback(a.port), grpc.WithTransportCredentials(insecure.NewCredentials()), again)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	a.operator = appv1.NewOperatorServiceClient(conn)
	return a
}

// start runs it, again after it ended.
func (a *app) start(t *testing.T) *app {
	t.Helper()
	flags := append([]string{"app", "-listen", loopback(a.port), "-db", a.database, "-redis", redisURL(a.redis)}, a.flags...)
	a.process = start(t, "app", nil, simProgram, flags...)
	eventually(t, 10*time.Second, "the app listens", func() error { return a.says("vendor app listens") })
	if a.stored == nil {
		a.open(t)
	}
	return a
}

func (a *app) open(t *testing.T) {
	t.Helper()
	eventually(t, 10*time.Second, "the app's database is there", func() (err error) {
		a.stored, err = sql.Open("sqlite", "file:"+a.database+"?mode=rw&_pragma=query_only(1)&_pragma=busy_timeout(5000)")
		if err == nil {
			_, err = a.stored.Exec(`SELECT 1 FROM events`)
		}
		return err
	})
	t.Cleanup(func() { a.stored.Close() })
}

// count is the one number that a query gives.
func (a *app) count(query string, args ...any) (n int) {
	a.t.Helper()
	if err := a.stored.QueryRow(query, args...).Scan(&n); err != nil {
		a.t.Fatalf("%s: %v", query, err)
	}
	return n
}

// online is, by the driver's port, the serials that the app has there, ascending.
func (a *app) online() map[int][]uint64 {
	a.t.Helper()
	rows, err := a.stored.Query(`SELECT port, serial FROM controllers WHERE online = 1 AND commands_ready = 1 ORDER BY serial`)
	if err != nil {
		a.t.Fatal(err)
	}
	defer rows.Close()
	found := make(map[int][]uint64)
	for rows.Next() {
		var port int
		var serial uint64
		if err := rows.Scan(&port, &serial); err != nil {
			a.t.Fatal(err)
		}
		found[port] = append(found[port], serial)
	}
	return found
}

// hasOnline fails unless so many controllers are online and hear commands.
func (a *app) hasOnline(want int) error {
	found := 0
	for _, serials := range a.online() {
		found += len(serials)
	}
	if found != want {
		return fmt.Errorf("%d of %d controllers are online", found, want)
	}
	return nil
}

// send asks for a command and waits for its end.
func (a *app) send(serial uint64, c *pb.Command, route appv1.Route) (*pb.CommandResult, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	answer, err := a.operator.SendCommand(ctx, &appv1.SendCommandRequest{Serial: serial, Command: c, Route: route})
	return answer.GetResult(), err
}
