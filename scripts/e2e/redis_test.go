package e2e

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// redisServer is a real redis-server. What stands in settings is its command line: it can be started again with the
// same.
type redisServer struct {
	*process
	port     int
	settings []string
	client   *redis.Client
}

// startRedis runs one without persistence, but for what the settings say.
func startRedis(t *testing.T, port int, settings ...string) *redisServer {
	t.Helper()
	r := &redisServer{port: port, client: redis.NewClient(&redis.Options{Addr: loopback(port)})}
	t.Cleanup(func() { r.client.Close() })
	r.settings = append([]string{"--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"}, settings...)
	return r.start(t)
}

// start runs it, again after it ended.
func (r *redisServer) start(t *testing.T) *redisServer {
	t.Helper()
	r.process = start(t, "redis", nil, "redis-server", r.settings...)
	eventually(t, 10*time.Second, "redis answers", func() error { return r.client.Ping(context.Background()).Err() })
	return r
}

func redisURL(port int) string { return "redis://" + loopback(port) }

// publish is redis-cli PUBLISH; it returns how many processes heard it.
func (r *redisServer) publish(serial uint64, payload string) int64 {
	r.t.Helper()
	heard, err := r.tryPublish(serial, payload)
	if err != nil {
		r.t.Errorf("publish to %d: %v", serial, err)
	}
	return heard
}

// tryPublish is for a Redis that may be away.
func (r *redisServer) tryPublish(serial uint64, payload string) (heard int64, err error) {
	return r.client.Publish(context.Background(), strconv.FormatUint(serial, 10), payload).Result()
}

// listen gives what is published for a controller from now on.
func (r *redisServer) listen(t *testing.T, serial uint64) <-chan string {
	t.Helper()
	channel := r.client.Subscribe(context.Background(), strconv.FormatUint(serial, 10))
	t.Cleanup(func() { channel.Close() })
	if _, err := channel.Receive(context.Background()); err != nil {
		t.Fatal(err)
	}
	heard := make(chan string, 100)
	go func() {
		for m := range channel.Channel() {
			heard <- m.Payload
		}
	}()
	return heard
}

// forgetClaims deletes what keeps a claimed command from being claimed again.
func (r *redisServer) forgetClaims(t *testing.T) {
	t.Helper()
	claims, err := r.client.Keys(context.Background(), "claim:*").Result()
	if err != nil || len(claims) == 0 {
		t.Fatalf("claims %q, %v", claims, err)
	}
	if err := r.client.Del(context.Background(), claims...).Err(); err != nil {
		t.Fatal(err)
	}
}
