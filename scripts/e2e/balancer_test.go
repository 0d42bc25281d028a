package e2e

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// balancing is the head of HAProxy's configuration: controllers go to drivers that are ready.
const balancing = `
global
    maxconn 4000
defaults
    mode tcp
    timeout connect 2s
    timeout client 1h
    timeout server 1h
    timeout check 2s
listen controllers
    bind %s
    balance %s
    option httpchk GET /readyz
    http-check expect status 200
    default-server check inter 500ms fall 2 rise 1
`

// Which driver a controller goes to: the one that has the fewest, or each in its turn.
const (
	fewest = "leastconn"
	turns  = "roundrobin"
)

// startBalancer runs HAProxy on a port in front of the drivers, and returns its address.
func startBalancer(t *testing.T, drivers []*driver, balance string) string {
	t.Helper()
	addr := loopback(freePort(t))
	var config strings.Builder
	fmt.Fprintf(&config, balancing, addr, balance)
	for _, d := range drivers {
		fmt.Fprintf(&config, "    server %d %s port %d\n", d.port, loopback(d.port), d.adminPort)
	}
	file := filepath.Join(t.TempDir(), "haproxy.cfg")
	if err := os.WriteFile(file, []byte(config.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	balancer := start(t, "haproxy", nil, "haproxy", "-db", "-f", file)
	eventually(t, 10*time.Second, "haproxy takes connections", func() error {
		if err := balancer.running(); err != nil {
			return err
		}
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			conn.Close()
		}
		return err
	})
	return addr
}
