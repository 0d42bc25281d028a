package e2e

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// redisPassword is that of all users of a secureRedis.
const redisPassword = "pl4nted-redis-password"

// What drivers and apps may do in Redis, as ACL SETUSER takes it; README has the driver's.
const (
	driverRights = "+ping +subscribe +unsubscribe &* +set +get ~claim:*"
	appRights    = "+ping +publish &*"
)

// secureRedis is a redis-server that speaks TLS with those who have a certificate of the CA, and plain text with the test.
type secureRedis struct {
	*redisServer
	tlsPort int
}

func startSecureRedis(t *testing.T, c certs) *secureRedis {
	t.Helper()
	r := &secureRedis{&redisServer{port: freePort(t)}, freePort(t)}
	r.client = redis.NewClient(&redis.Options{Addr: loopback(r.port)})
	t.Cleanup(func() { r.client.Close() })
	r.process = start(t, "redis", nil, "redis-server", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
		"--port", strconv.Itoa(r.port), "--tls-port", strconv.Itoa(r.tlsPort), "--tls-auth-clients", "yes",
		"--tls-ca-cert-file", c.file("ca.pem"), "--tls-cert-file", c.file("server.pem"), "--tls-key-file", c.file("server-key.pem"))
	eventually(t, 10*time.Second, "redis answers", func() error { return r.client.Ping(context.Background()).Err() })
	r.user(t, "driver", driverRights)
	r.user(t, "app", appRights)
	return r
}

// reload has Redis read its files anew, and ends all connections but the test's own.
func (r *secureRedis) reload(t *testing.T) {
	t.Helper()
	ctx := context.Background()
	for _, setting := range []string{"tls-ca-cert-file", "tls-cert-file", "tls-key-file"} {
		file := r.client.ConfigGet(ctx, setting).Val()[setting]
		if err := r.client.ConfigSet(ctx, setting, file).Err(); err != nil {
			t.Fatalf("%s: %v", setting, err)
		}
	}
	for _, kind := range []string{"pubsub", "normal"} {
		if err := r.client.Do(ctx, "CLIENT", "KILL", "TYPE", kind).Err(); err != nil {
			t.Fatal(err)
		}
	}
}

// user makes a user of Redis with these rights.
func (r *secureRedis) user(t *testing.T, name, rights string) {
	t.Helper()
	args := []any{"ACL", "SETUSER", name, "on", ">" + redisPassword}
	for _, right := range strings.Fields(rights) {
		args = append(args, right)
	}
	if err := r.client.Do(context.Background(), args...).Err(); err != nil {
		t.Fatalf("user %s: %v", name, err)
	}
}

// url is how a user reaches it over TLS.
func (r *secureRedis) url(user string) string {
	return fmt.Sprintf("rediss://%s:%s@127.0.0.1:%d", user, redisPassword, r.tlsPort)
}

// secureSystem is a Redis and an app that speak TLS with those who have a certificate of the CA.
type secureSystem struct {
	certs certs
	redis *secureRedis
	app   *app
}

func startSecureSystem(t *testing.T, c certs) *secureSystem {
	t.Helper()
	s := &secureSystem{certs: c, redis: startSecureRedis(t, c)}
	s.app = anApp(t, s.redis.port)
	s.app.flags = slices.Concat(c.server(), []string{"-redis", s.redis.url("app")}, c.client("redis-"))
	s.app.start(t)
	return s
}

// aDriver is a driver that speaks TLS on both lines, and with its controllers; settings win.
func (s *secureSystem) aDriver(t *testing.T, settings ...string) *driver {
	t.Helper()
	usual := slices.Concat([]string{"REDIS_URL=" + s.redis.url("driver")}, s.certs.settings("VENDOR_APP"), s.certs.settings("REDIS"), s.certs.library())
	return aDriver(t, s.app.port, s.redis.port, append(usual, settings...)...)
}

// unlock has mercury-sim send open a door.
func (s *secureSystem) unlock(t *testing.T, serial uint64, route string) error {
	t.Helper()
	args := []string{"send", fmt.Sprint(serial), "unlock", "-door", "1", "-route", route, "-app", loopback(s.app.port)}
	p := start(t, "send", nil, simProgram, append(args, s.certs.client("tls-")...)...)
	if code := p.exit(15 * time.Second); code != 0 {
		return fmt.Errorf("mercury-sim send ended with %d: %s", code, p.said())
	}
	return nil
}
