package e2e

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// driver is a mercury-driver process. What stands in settings is its environment: it can be started again
// with the same.
type driver struct {
	*process
	port, adminPort int
	settings        []string
}

// aDriver is a driver that is not started yet; settings are KEY=value and win over the usual ones.
func aDriver(t *testing.T, app, redis int, settings ...string) *driver {
	t.Helper()
	d := &driver{port: freePort(t), adminPort: freePort(t)}
	d.settings = append([]string{"VENDOR_APP_ADDR=" + loopback(app), "REDIS_URL=" + redisURL(redis),
		"SENTRY_DSN=", "ADMIN_ADDR=" + loopback(d.adminPort)}, settings...)
	return d
}

// start runs it, again after it ended.
func (d *driver) start(t *testing.T) *driver {
	t.Helper()
	d.process = start(t, fmt.Sprintf("driver %d", d.port), d.settings, driverProgram, "-port", strconv.Itoa(d.port))
	return d
}

// awaitReady waits until the driver is ready.
func (d *driver) awaitReady() {
	d.t.Helper()
	eventually(d.t, 15*time.Second, d.name+" is ready", func() error {
		if err := d.running(); err != nil {
			return err
		}
		return d.answers("/readyz", http.StatusOK, "")
	})
}

// answers fails unless the driver answers a path with a status, and with a text somewhere in it.
func (d *driver) answers(path string, status int, text string) error {
	got, body, err := d.get(path)
	switch {
	case err != nil:
		return err
	case got != status || !strings.Contains(body, text):
		return fmt.Errorf("%s of %s: %d %q, want %d and %q", path, d.name, got, body, status, text)
	}
	return nil
}

// logged fails until the driver has logged a line with all of these texts.
func (d *driver) logged(texts ...string) error {
lines:
	for line := range strings.Lines(d.said()) {
		for _, text := range texts {
			if !strings.Contains(line, text) {
				continue lines
			}
		}
		return nil
	}
	return errors.Join(fmt.Errorf("%s logged no line with %q", d.name, texts), d.running())
}

// reached fails until a metric has grown to a value.
func (d *driver) reached(metric string, least int) error {
	if n := d.metric(metric); n < least {
		return fmt.Errorf("%s is %d, want %d", metric, n, least)
	}
	return nil
}

func (d *driver) get(path string) (status int, body string, err error) {
	client := http.Client{Timeout: 5 * time.Second}
	response, err := client.Get("http://" + loopback(d.adminPort) + path)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), err
}

// counts fails unless a metric has a value.
func (d *driver) counts(name string, want int) error {
	if n := d.metric(name); n != want {
		return fmt.Errorf("%s is %d, want %d", name, n, want)
	}
	return nil
}
