package command

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
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
	address, _ := startRedis(t, func() []string { return []string{"--appendonly", "no"} })
	return address
}

// startRedis runs a redis-server with more flags until the test ends. A port that is free may be another's a moment later:
// then it runs on other ones.
func startRedis(t testing.TB, more func() []string) (address string, running *os.Process) {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		t.Fatal("redis-server is not installed: make setup does it")
	}
	for range 5 {
		address = freeAddress(t)
		_, port, _ := net.SplitHostPort(address)
		server := exec.Command(path, append(more(), "--bind", "127.0.0.1", "--port", port,
			"--dir", t.TempDir(), "--save", "", "--loglevel", "warning")...)
		if err := server.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_ = server.Wait()
		}()
		t.Cleanup(func() {
			_ = server.Process.Kill()
			<-ended
		})
		if answers(t, address, server.Process.Pid, ended) {
			return address, server.Process
		}
	}
	t.Fatal("no redis-server found its ports free")
	return "", nil
}

// answers waits until the redis-server with this process id answers; false when it ended.
func answers(t testing.TB, address string, pid int, ended <-chan struct{}) (answers bool) {
	t.Helper()
	client, over := dialRedis(t, address), false
	eventually(t, "redis-server answers", 10*time.Second, func() bool {
		select {
		case <-ended:
			over = true
		default:
			info := client.Info(context.Background(), "server").Val()
			answers = strings.Contains(info, fmt.Sprintf("process_id:%d\r", pid))
		}
		return answers || over
	})
	return answers
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
