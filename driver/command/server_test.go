package command

import (
	"context"
	"net"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

// eachRedis runs a test against miniredis, and against a redis-server.
func eachRedis(t *testing.T, test func(t *testing.T, address string)) {
	t.Run("miniredis", func(t *testing.T) { test(t, miniredis.RunT(t).Addr()) })
	t.Run("redis-server", func(t *testing.T) { test(t, realRedis(t)) })
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
	server := exec.Command(path, "--bind", "127.0.0.1", "--port", port,
		"--dir", t.TempDir(), "--save", "", "--appendonly", "no", "--loglevel", "warning")
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
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
