package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/redis/go-redis/v9"
)

// part is a process of the demo, before it is started.
type part struct {
	name    string
	colour  string
	command []string
	env     []string
	// Addresses that it listens on.
	listens []string
	// What is missing yet.
	ready func(context.Context) error
	// When it is stopped: what leans on others goes first.
	wave int
}

// Waves of stopping.
const (
	stopPanels = iota
	stopDrivers
	stopServers
	stopWaves
)

// demoSerial is the first controller of the demo.
const demoSerial = 61364

// places are where the parts listen.
type places struct {
	redis, app, control string
	drivers             []int
}

var demoPlaces = places{redis: defaultRedis, app: defaultApp, control: defaultControl, drivers: []int{5001, 5002, 5003}}

// newCast is all parts of the demo, in the order in which they start; their programs lie in bin, and
// their data goes into dir. With a redisURL there is no Redis among them.
func newCast(bin, dir, redisURL string, at places) ([]part, error) {
	sim, driver := filepath.Join(bin, "mercury-sim"), filepath.Join(bin, "mercury-driver")
	for _, program := range []string{sim, driver} {
		if _, err := os.Stat(program); err != nil {
			return nil, fmt.Errorf("there is no %s; make build makes it", program)
		}
	}
	var cast []part
	if redisURL == "" {
		redisURL = "redis://" + at.redis
		cast = append(cast, part{
			name: "redis", colour: red, command: []string{sim, "redis", "-listen", at.redis},
			listens: []string{at.redis}, ready: answers(at.redis), wave: stopServers,
		})
	}
	cast = append(cast, part{
		name: "app", colour: cyan, listens: []string{at.app}, ready: answers(at.app), wave: stopServers,
		command: []string{sim, "app", "-listen", at.app, "-db", filepath.Join(dir, "app.db")},
		env:     []string{"REDIS_URL=" + redisURL},
	})
	var doors []string
	for _, port := range at.drivers {
		cast = append(cast, driverPart(driver, port, at.app, redisURL))
		doors = append(doors, fmt.Sprintf("127.0.0.1:%d", port))
	}
	return append(cast, part{
		name: "fleet", colour: green, wave: stopPanels, listens: []string{at.control}, ready: answers(at.control),
		command: []string{sim, "fleet", "-connect", strings.Join(doors, ","), "-panels", "12",
			"-first-serial", fmt.Sprint(demoSerial), "-log-dir", filepath.Join(dir, "panels"), "-scenario", "day", "-progress", "1m",
			"-control", at.control},
	}), nil
}

func driverPart(path string, port int, app, redisURL string) part {
	admin := fmt.Sprintf("127.0.0.1:%d", port+10_000)
	return part{
		name: fmt.Sprintf("driver %d", port), colour: yellow, wave: stopDrivers, command: []string{path, "-port", fmt.Sprint(port)},
		env: []string{"VENDOR_APP_ADDR=" + app, "REDIS_URL=" + redisURL, "REDIS_TLS=" + os.Getenv("REDIS_TLS"), "SENTRY_DSN=",
			"ADMIN_ADDR=" + admin, "GRACE_PERIOD=2s", "LOG_FORMAT=json", "LOG_LEVEL=warn"},
		listens: []string{fmt.Sprintf("127.0.0.1:%d", port), admin},
		ready:   saysReady("http://" + admin + "/readyz"),
	}
}

// answers asks whether something listens.
func answers(addr string) func(context.Context) error {
	return func(ctx context.Context) error {
		var d net.Dialer
		conn, err := d.DialContext(ctx, "tcp", addr)
		if err != nil {
			return err
		}
		return conn.Close()
	}
}

// saysReady asks a driver, which says what it misses line by line.
func saysReady(url string) func(context.Context) error {
	return func(ctx context.Context) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		req.Close = true // nothing is left behind between two questions
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(io.LimitReader(resp.Body, 1024))
		if err != nil || resp.StatusCode == http.StatusOK {
			return err
		}
		return errors.New(strings.ReplaceAll(strings.TrimSpace(string(text)), "\n", ", "))
	}
}

// checkRedis asks the Redis that REDIS_URL names. Its error shows no password.
func checkRedis(ctx context.Context, text string) error {
	options, err := parseRedis(text)
	if err != nil {
		return fmt.Errorf("REDIS_URL: %w", err)
	}
	options.DialerRetries, options.MaxRetries = 1, -1
	client := redis.NewClient(options)
	defer client.Close()
	ctx, cancel := context.WithTimeout(ctx, redisWithin)
	defer cancel()
	if err := client.Ping(ctx).Err(); err != nil {
		return fmt.Errorf("REDIS_URL: Redis at %s does not answer: %w", options.Addr, err)
	}
	return nil
}
