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

// What a driver that can't run says about it, and with which code it ends.
func TestExitCodes(t *testing.T) {
	takenPort, alsoTaken := portInUse(t), portInUse(t)
	keys := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(keys, []byte("# two\ndesk-1 c2VjcmV0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	past := makeCerts(t, "-valid=-1h")
	admin := "ADMIN_ADDR=" + loopback(freePort(t))
	good := []string{"PORT=5001", "VENDOR_APP_ADDR=127.0.0.1:1", "REDIS_URL=redis://127.0.0.1:1", "SENTRY_DSN=", admin}
	for name, tc := range map[string]struct {
		program string
		env     []string
		args    []string
		code    int
		says    []string
	}{
		"an unknown flag":    {driverProgram, good, []string{"-prot", "5001"}, 64, []string{"-prot"}},
		"a bad value":        {driverProgram, good, []string{"-port", "70000"}, 64, []string{"-port", "1 to 65535"}},
		"an argument":        {driverProgram, good, []string{"5001"}, 64, []string{"5001"}},
		"nothing configured": {driverProgram, nil, nil, 78, []string{"PORT", "VENDOR_APP_ADDR", "REDIS_URL", "SENTRY_DSN"}},
		"three faults at once": {driverProgram, append(good, "REDIS_URL=http://x", "WINDOW=0", "GRACE_PERIOD=soon"), nil,
			78, []string{"REDIS_URL", "WINDOW", "GRACE_PERIOD"}},
		"faults when only checking": {driverProgram, append(good, "WINDOW=x"), []string{"-check-config"}, 78, []string{"WINDOW"}},
		"a key file with a fault":   {driverProgram, append(good, "COMMAND_KEYS="+keys), nil, 78, []string{"COMMAND_KEYS", keys + ", line 2"}},
		"a good configuration":      {driverProgram, good, []string{"-check-config"}, 0, []string{"good"}},
		"the version":               {driverProgram, nil, []string{"-version"}, 0, []string{"mercury-driver v", "commit", "library: simulator"}},
		"help":                      {driverProgram, nil, []string{"-h"}, 0, []string{"-check-config", "VENDOR_APP_ADDR", "COMMAND_THREADS", "20"}},
		"a port that is taken":      {driverProgram, good, []string{"-port", takenPort}, 75, []string{takenPort, "in use"}},
		"both ports taken, as by another driver": {driverProgram, append(good, "ADMIN_ADDR=127.0.0.1:"+alsoTaken),
			[]string{"-port", takenPort}, 75, []string{"port " + takenPort, "in use"}},
		"an admin port that is taken": {driverProgram, append(good, "ADMIN_ADDR=127.0.0.1:"+takenPort),
			[]string{"-port", fmt.Sprint(freePort(t))}, 75, []string{"ADMIN_ADDR: 127.0.0.1:" + takenPort + " is in use"}},
		"an admin address of another machine": {driverProgram, append(good, "ADMIN_ADDR=192.0.2.1:80"),
			[]string{"-port", fmt.Sprint(freePort(t))}, 78, []string{"ADMIN_ADDR: 192.0.2.1:80 is no address of this machine"}},
		"an admin address of nobody": {driverProgram, append(good, "ADMIN_ADDR=no..body:80"),
			[]string{"-port", fmt.Sprint(freePort(t))}, 78, []string{"ADMIN_ADDR: no..body:80 names no host"}},
		"plain text that leaves the machine": {driverProgram, append(good, "VENDOR_APP_ADDR=app.example:1", "REDIS_URL=redis://cache.example"), nil,
			78, []string{"VENDOR_APP_TLS: is not set, and app.example is not on the loopback", "or off for plain text",
				"REDIS_TLS: is not set, and cache.example is not on the loopback", "or off here for plain text"}},
		"a certificate that is past": {driverProgram, append(good, past.settings("VENDOR_APP")...), nil,
			78, []string{"VENDOR_APP_CERT: " + past.file("client.pem") + " expired at 20"}},
		"the app's port is taken": {simProgram, nil, []string{"app", "-db", "x.db", "-listen", "127.0.0.1:" + takenPort}, 75, []string{takenPort}},
		"an app without a file":   {simProgram, nil, []string{"app"}, 64, []string{"-db"}},
		"a fleet of none":         {simProgram, nil, []string{"fleet", "-connect", "127.0.0.1:1", "-panels", "0"}, 64, []string{"-panels"}},
		"an unknown program part": {simProgram, nil, []string{"sned"}, 64, []string{"sned"}},
		"a command of no kind":    {simProgram, nil, []string{"send", "61000", "dance"}, 64, []string{"dance"}},
		"a flag that is missing":  {simProgram, nil, []string{"send", "61000", "unlock"}, 64, []string{"-door"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := start(t, "program", tc.env, tc.program, tc.args...)
			if code := p.exit(15 * time.Second); code != tc.code {
				t.Errorf("exit code %d, want %d", code, tc.code)
			}
			for _, text := range tc.says {
				if !strings.Contains(p.said(), text) {
					t.Errorf("it does not say %q:\n%s", text, p.said())
				}
			}
		})
	}
}

// portInUse is a port that the test listens on.
func portInUse(t *testing.T) string {
	listener, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return fmt.Sprint(listener.Addr().(*net.TCPAddr).Port)
}
