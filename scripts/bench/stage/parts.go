package stage

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	startsWithin = 15 * time.Second
	pollEvery    = 20 * time.Millisecond
)

// Redis runs a redis-server without persistence, and returns its port.
func (s *Stage) Redis() (p *Process, port int, err error) {
	if port, err = Port(); err != nil {
		return nil, 0, err
	}
	p, err = s.Start("redis", nil, "redis-server", "--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--save", "")
	if err != nil {
		return nil, 0, err
	}
	return p, port, s.Listens(p, port)
}

// Listens waits until a process takes connections on a port of the loopback.
func (s *Stage) Listens(p *Process, port int) error {
	return s.Until(startsWithin, 5*time.Millisecond, func() error {
		if err := p.Running(); err != nil {
			return err
		}
		conn, err := net.Dial("tcp", Loopback(port))
		if err == nil {
			conn.Close()
		}
		return err
	})
}

// Steady is when the beginning of a driver's controllers is over: it has given back then what that took of memory.
const Steady = 5500 * time.Millisecond

// Driver is a driver process and its ports.
type Driver struct {
	*Process
	Port, AdminPort int
}

// Driver runs a driver program ("driver", or a variant of it) for the vendor app and Redis on these ports, and waits
// until it is ready. settings are KEY=value.
func (s *Stage) Driver(program string, app, redis int, settings ...string) (*Driver, error) {
	port, err := Port()
	if err != nil {
		return nil, err
	}
	adminPort, err := Port()
	if err != nil {
		return nil, err
	}
	env := append([]string{"VENDOR_APP_ADDR=" + Loopback(app), "REDIS_URL=redis://" + Loopback(redis), "SENTRY_DSN=",
		"ADMIN_ADDR=" + Loopback(adminPort)}, settings...)
	p, err := s.Start("driver", env, program, "-port", strconv.Itoa(port))
	if err != nil {
		return nil, err
	}
	d := &Driver{Process: p, Port: port, AdminPort: adminPort}
	return d, s.Until(startsWithin, time.Millisecond, d.Ready)
}

// Ready fails until the driver is ready.
func (d *Driver) Ready() error {
	if err := d.Running(); err != nil {
		return err
	}
	_, err := get(d.Process, d.AdminPort, "/readyz")
	return err
}

// get asks a process over HTTP.
func get(p *Process, port int, path string) (string, error) {
	response, err := http.Get("http://" + Loopback(port) + path)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s of %s says %s", path, p.name, response.Status)
	}
	return string(text), err
}

// Metric is the sum of a metric over its labels, as the driver's /metrics says it.
func (d *Driver) Metric(name string) (sum float64, err error) {
	text, err := get(d.Process, d.AdminPort, "/metrics")
	if err != nil {
		return 0, err
	}
	found := false
	for line := range strings.Lines(text) {
		rest, ok := strings.CutPrefix(line, name)
		if !ok || rest[0] != ' ' && rest[0] != '{' {
			continue
		}
		value, err := strconv.ParseFloat(strings.TrimSpace(rest[strings.LastIndexByte(rest, ' '):]), 64)
		if err != nil {
			return 0, err
		}
		sum, found = sum+value, true
	}
	if !found {
		return 0, fmt.Errorf("the driver has no metric %s", name)
	}
	return sum, nil
}
