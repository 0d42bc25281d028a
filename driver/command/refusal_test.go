package command

import (
	"context"
	"log/slog"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"mercury-driver/driver/controller"
)

// users makes users of a Redis, as ACL SETUSER takes them.
func users(t *testing.T, client *redis.Client, rules ...string) {
	t.Helper()
	for _, rule := range rules {
		args := []any{"ACL", "SETUSER"}
		for _, word := range strings.Fields(rule) {
			args = append(args, word)
		}
		if err := client.Do(context.Background(), args...).Err(); err != nil {
			t.Fatalf("%s: %v", rule, err)
		}
	}
}

const password = "pl4nted-pass"

// What Redis refuses us for is said once, with what to change; no password is in it.
func TestWhatRedisRefusesIsNamed(t *testing.T) {
	address := realRedis(t)
	users(t, dialRedis(t, address),
		"deaf on >"+password+" +@all -subscribe ~* &*",
		"elsewhere on >"+password+" +@all ~* resetchannels &site2:*",
		"off off >"+password+" +@all ~* &*",
	)
	const want = " lacks a right in Redis; ACL SETUSER %s +ping +subscribe +unsubscribe '&site1:*' gives it"
	for name, test := range map[string]struct{ user, password, says string }{
		"no right to the command":  {"deaf", password, strings.ReplaceAll("user %s"+want, "%s", "deaf")},
		"no right to the channels": {"elsewhere", password, strings.ReplaceAll("user %s"+want, "%s", "elsewhere")},
		"a wrong password":         {"deaf", password + "-wrong", "user deaf with the password in REDIS_URL is not taken by Redis"},
		"a user that is off":       {"off", password, "user off with the password in REDIS_URL is not taken by Redis"},
		"a user that is nobody":    {"nobody", password, "user nobody with the password in REDIS_URL is not taken"},
	} {
		t.Run(name, func(t *testing.T) {
			var log logged
			var dials atomic.Int32
			dial := func(ctx context.Context, network, address string) (net.Conn, error) {
				dials.Add(1)
				return new(net.Dialer).DialContext(ctx, network, address)
			}
			s := NewPubSub(&redis.Options{Addr: address, Username: test.user, Password: test.password, Dialer: dial}, "site1:", noKeys,
				slog.New(slog.NewTextHandler(&log, nil)))
			stop := run(t, s, new(heard))
			s.Subscribe(1)
			eventually(t, "it fails twice", 10*time.Second, func() bool { return dials.Load() > 2 })
			stop()
			if log.count("level=WARN") != 1 || log.count(test.says) != 1 || log.count(password) > 0 || s.Stats().Up {
				t.Errorf("logged %s, want %q once", log.text.String(), test.says)
			}
		})
	}
}

func TestPasswordThatIsMissing(t *testing.T) {
	address := realRedis(t)
	if err := dialRedis(t, address).ConfigSet(t.Context(), "requirepass", password).Err(); err != nil {
		t.Fatal(err)
	}
	var log logged
	s := NewPubSub(&redis.Options{Addr: address}, "", noKeys, slog.New(slog.NewTextHandler(&log, nil)))
	defer run(t, s, new(heard))()
	eventually(t, "it is said", 10*time.Second, func() bool { return log.count("REDIS_URL has no password, and Redis wants one") == 1 })
}

func TestClaimsWithoutTheRight(t *testing.T) {
	address := realRedis(t)
	admin := dialRedis(t, address)
	users(t, admin, "driver on >"+password+" +@all ~other:* &*")
	var log logged
	c, outcomes := runClaims(t, &redis.Options{Addr: address, Username: "driver", Password: password}, "p",
		slog.New(slog.NewTextHandler(&log, nil)))
	c.Claim(controller.Key{}, "one", time.Minute)
	const says = "user driver lacks a right in Redis; ACL SETUSER driver +set +get '~claim:*' gives it"
	eventually(t, "it is said", 10*time.Second, func() bool { return log.count(says) == 1 })
	users(t, admin, "driver +set +get ~claim:*") // as was said
	if got := outcomes.await(t, 1, 10*time.Second, "one"); got[0].err != nil || !got[0].won {
		t.Errorf("%+v", got[0])
	}
}

// What an error proposes is enough: a user with these rights and no others can do all that this package does.
func TestTheRightsThatAreProposed(t *testing.T) {
	address := realRedis(t)
	users(t, dialRedis(t, address), "driver on >"+password+" +ping +subscribe +unsubscribe &site1:* +set +get ~site1:claim:*")
	options := &redis.Options{Addr: address, Username: "driver", Password: password}
	s, h := NewPubSub(options, "site1:", noKeys, quiet), new(heard)
	defer run(t, s, h)()
	s.Subscribe(1)
	eventually(t, "it is ready", 10*time.Second, func() bool { return h.readyCount() == 1 && s.Stats().Up })
	s.Unsubscribe(1)
	eventually(t, "it ends", 10*time.Second, s.Silent)
	c := NewClaims(options, false, "site1:", "p", quiet)
	ctx, cancel := context.WithCancel(t.Context())
	outcomes, done := new(claimed), make(chan error)
	go func() { done <- c.Run(ctx, outcomes) }()
	c.Claim(controller.Key{}, "one", time.Minute)
	if got := outcomes.await(t, 1, 10*time.Second, "one"); got[0].err != nil || !got[0].won {
		t.Errorf("%+v", got[0])
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// A database other than the first must be selected, which is a right of its own.
func TestTheRightsForAnotherDatabase(t *testing.T) {
	address := realRedis(t)
	admin := dialRedis(t, address)
	users(t, admin, "driver on >"+password+" +ping +subscribe +unsubscribe &*")
	var log logged
	s, h := NewPubSub(&redis.Options{Addr: address, Username: "driver", Password: password, DB: 1}, "", noKeys,
		slog.New(slog.NewTextHandler(&log, nil))), new(heard)
	defer run(t, s, h)()
	s.Subscribe(1)
	const says = "ACL SETUSER driver +select +ping +subscribe +unsubscribe '&*' gives it"
	eventually(t, "it is said", 10*time.Second, func() bool { return log.count(says) == 1 })
	users(t, admin, "driver +select")
	eventually(t, "it is ready", 10*time.Second, func() bool { return h.readyCount() == 1 })
}
