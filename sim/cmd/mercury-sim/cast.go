package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// part is a process of the demo, before it is started.
type part struct {
	name    string
	colour  string
	command []string
	env     []string
	// Addresses that it listens on.
	listens []string
	ready   func(context.Context) bool
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

var demoPorts = []int{5001, 5002, 5003}

// newCast is all parts of the demo, in the order in which they start; their data goes into dir.
func newCast(dir string) ([]part, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program's own file: %w", err)
	}
	driver := filepath.Join(filepath.Dir(self), "mercury-driver")
	if _, err := os.Stat(driver); err != nil {
		return nil, fmt.Errorf("there is no %s; make build makes it", driver)
	}
	redisURL := os.Getenv("REDIS_URL")
	var cast []part
	if redisURL == "" {
		redisURL = "redis://" + defaultRedis
		cast = append(cast, part{
			name: "redis", colour: red, command: []string{self, "redis", "-listen", defaultRedis},
			listens: []string{defaultRedis}, ready: answers(defaultRedis), wave: stopServers,
		})
	}
	cast = append(cast, part{
		name: "app", colour: cyan, listens: []string{defaultApp}, ready: answers(defaultApp), wave: stopServers,
		command: []string{self, "app", "-listen", defaultApp, "-db", filepath.Join(dir, "app.db")},
		env:     []string{"REDIS_URL=" + redisURL},
	})
	var doors []string
	for _, port := range demoPorts {
		cast = append(cast, driverPart(driver, port, redisURL))
		doors = append(doors, fmt.Sprintf("127.0.0.1:%d", port))
	}
	return append(cast, part{
		name: "fleet", colour: green, wave: stopPanels, ready: func(context.Context) bool { return true },
		command: []string{self, "fleet", "-connect", strings.Join(doors, ","), "-panels", "12",
			"-first-serial", fmt.Sprint(demoSerial), "-log-dir", filepath.Join(dir, "panels"), "-scenario", "day", "-progress", "1m"},
	}), nil
}

func driverPart(path string, port int, redisURL string) part {
	admin := fmt.Sprintf("127.0.0.1:%d", port+10_000)
	return part{
		name: fmt.Sprintf("driver %d", port), colour: yellow, wave: stopDrivers, command: []string{path, "-port", fmt.Sprint(port)},
		env: []string{"VENDOR_APP_ADDR=" + defaultApp, "REDIS_URL=" + redisURL, "SENTRY_DSN=", "ADMIN_ADDR=" + admin,
			"GRACE_PERIOD=2s", "LOG_FORMAT=json"},
		listens: []string{fmt.Sprintf("127.0.0.1:%d", port), admin},
		ready:   saysReady("http://" + admin + "/readyz"),
	}
}

// answers tells whether something listens.
func answers(addr string) func(context.Context) bool {
	return func(ctx context.Context) bool {
		var d net.Dialer
		conn, err := d.DialContext(ctx, "tcp", addr)
		if err != nil {
			return false
		}
		conn.Close()
		return true
	}
}

func saysReady(url string) func(context.Context) bool {
	return func(ctx context.Context) bool {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return false
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	}
}
