package e2e

import (
	"testing"
	"time"
)

// pretendSerial is that of the pretend library's one controller.
const pretendSerial = "70001"

// startMPLSystem runs Redis, the app and a driver with the pretend library, and waits until its controller is
// served.
func startMPLSystem(t *testing.T, settings ...string) *system {
	t.Helper()
	s := &system{redis: startRedis(t, freePort(t))}
	s.app = anApp(t, s.redis.port).start(t)
	d := aDriver(t, s.app.port, s.redis.port, settings...).startMPL(t)
	s.drivers = []*driver{d}
	d.awaitReady()
	eventually(t, 10*time.Second, "the controller is online", func() error { return s.app.hasOnline(1) })
	return s
}

// send is mercury-sim send to that controller; it does not wait for the command's end.
func (s *system) send(t *testing.T, args ...string) *process {
	t.Helper()
	args = append([]string{"send", pretendSerial}, append(args, "-app", loopback(s.app.port))...)
	return start(t, "send", nil, simProgram, args...)
}
