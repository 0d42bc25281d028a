package e2e

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"testing"
)

// given are the ports that freePort has given out.
var given = make(map[int]bool)

// freePort finds a TCP port that nobody listens on. It is below those that the kernel gives to outgoing
// connections, so that it stays free while a process on it is restarted.
func freePort(t *testing.T) int {
	t.Helper()
	for range 1000 {
		port := 12_000 + rand.IntN(ephemeral(t)-12_000)
		if given[port] {
			continue
		}
		listener, err := net.Listen("tcp", fmt.Sprintf(":%d", port))
		if err != nil {
			continue
		}
		listener.Close()
		given[port] = true
		return port
	}
	t.Fatal("no free TCP port was found")
	return 0
}

// ephemeral is the first port that outgoing connections get.
func ephemeral(t *testing.T) int {
	var low, high int
	text, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	if err == nil {
		_, err = fmt.Sscan(string(text), &low, &high)
	}
	if err != nil {
		t.Fatalf("read the range of ephemeral ports: %v", err)
	}
	return max(low, 13_000)
}

func loopback(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }
