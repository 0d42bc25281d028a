package command

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/alicebob/miniredis/v2/server"
	"github.com/redis/go-redis/v9"
)

// eachRedis runs a test against miniredis, and against a redis-server.
func eachRedis(t *testing.T, test func(t *testing.T, address string)) {
	t.Run("miniredis", func(t *testing.T) {
		server := miniredis.RunT(t)
		tellUptime(server, time.Hour)
		test(t, server.Addr())
	})
	t.Run("redis-server", func(t *testing.T) { test(t, realRedis(t)) })
}

// tellUptime lets a miniredis say how long it has been running, as a redis-server does.
func tellUptime(m *miniredis.Miniredis, uptime time.Duration) {
	m.Server().SetPreHook(func(c *server.Peer, command string, args ...string) bool {
		told := command == "INFO" && len(args) == 1
		if told {
			c.WriteBulk(fmt.Sprintf("# Server\r\nuptime_in_seconds:%d\r\n", int(uptime.Seconds())))
		}
		return told
	})
}

// awaitUptime waits until what is added to a Redis is surely no memory of an earlier one.
func awaitUptime(t testing.TB, address string) {
	t.Helper()
	client := dialRedis(t, address)
	eventually(t, "Redis has run for a while", 5*time.Second, func() bool {
		at, err := started(time.Now(), client.Info(context.Background(), "server").Val())
		return err == nil && time.Since(at) > time.Second
	})
}

// realRedis starts a redis-server that ends with the test, and returns its address.
func realRedis(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		t.Fatal("redis-server is not installed: make setup does it")
	}
	address := freeAddress(t)
	_, port, _ := net.SplitHostPort(address)
	process := exec.Command(path, "--bind", "127.0.0.1", "--port", port,
		"--dir", t.TempDir(), "--save", "", "--appendonly", "no", "--loglevel", "warning")
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = process.Process.Kill()
		_ = process.Wait()
	})
	client := dialRedis(t, address)
	eventually(t, "redis-server answers", 10*time.Second, func() bool {
		return client.Ping(context.Background()).Err() == nil
	})
	return address
}

func freeAddress(t testing.TB) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// dialRedis returns a client of the test's own.
func dialRedis(t testing.TB, address string) *redis.Client {
	client := redis.NewClient(&redis.Options{Addr: address, Protocol: 2, DisableIdentity: true, PoolSize: 1000})
	t.Cleanup(func() { client.Close() })
	return client
}

// publish publishes payload for a controller until somebody heard it.
func publish(t testing.TB, client *redis.Client, serial uint64, payload any) {
	t.Helper()
	channel := strconv.FormatUint(serial, 10)
	if err := client.Publish(context.Background(), channel, payload).Err(); err != nil {
		t.Fatal(err)
	}
}
