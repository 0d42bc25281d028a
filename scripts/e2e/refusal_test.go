package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// Whoever reads the log reads what is wrong with a line and what to change, once. What else a server may have against
// us is tested in driver/certs and driver/command. Without the words on what to change the test was seen to fail.
func TestRefusalsNameTheirCause(t *testing.T) {
	good, foreign, old := makeCerts(t), makeCerts(t), makeCerts(t, "-valid=-1h")
	s := startSecureSystem(t, good)
	s.redis.user(t, "elsewhere", "+@all ~* resetchannels &site2:*")
	s.redis.user(t, "reader", "+@all -set ~* &*")
	past := anApp(t, s.redis.port)
	past.flags = old.server()
	past.start(t)
	for name, test := range map[string]struct {
		settings []string
		serial   uint64 // of a panel, where a driver asks only for its sake for what it may not have
		command  string // published for it
		says     string
	}{
		"the app's CA is another one": {settings: []string{"VENDOR_APP_CA=" + foreign.file("ca.pem")},
			says: "no CA in VENDOR_APP_CA signed the server's certificate; add the CA that did"},
		"the app's certificate is for another name": {settings: []string{"VENDOR_APP_SERVER_NAME=app.example"},
			says: "is for localhost, 127.0.0.1, ::1, not for app.example; dial a name that it is for, or set VENDOR_APP_SERVER_NAME"},
		"the app's certificate is past": {settings: []string{"VENDOR_APP_ADDR=" + loopback(past.port), "VENDOR_APP_CA=" + old.file("ca.pem")},
			says: "the certificate of CN=localhost expired at 20"},
		"the app does not know our CA": {settings: foreign.settings("VENDOR_APP")[1:],
			says: "see that it takes the certificate in VENDOR_APP_CERT (remote error: tls: unknown certificate authority)"},
		"Redis's CA is another one": {settings: []string{"REDIS_CA=" + foreign.file("ca.pem")},
			says: "no CA in REDIS_CA signed the server's certificate"},
		"the password is wrong": {settings: []string{"REDIS_URL=" + strings.Replace(s.redis.url("driver"), redisPassword, "x"+redisPassword, 1)},
			says: "user driver with the password in REDIS_URL is not taken by Redis"},
		"no right to the channels": {settings: []string{"REDIS_URL=" + s.redis.url("elsewhere")}, serial: 61001,
			says: "user elsewhere lacks a right in Redis; ACL SETUSER elsewhere +ping +subscribe +unsubscribe '&*' gives it"},
		"no right to claim": {settings: []string{"REDIS_URL=" + s.redis.url("reader")}, serial: 61002, command: `{"id":"claimed","unlock":{"door":1}}`,
			says: "user reader lacks a right in Redis; ACL SETUSER reader +set +get '~claim:*' gives it"},
	} {
		t.Run(name, func(t *testing.T) {
			d := s.aDriver(t, test.settings...).start(t)
			if test.serial != 0 {
				startFleet(t, loopback(d.port), 1, append(s.certs.client("tls-"), "-scenario", "idle", "-first-serial", fmt.Sprint(test.serial))...)
			}
			if test.command != "" {
				s.redis.publishUntilHeard(t, test.serial, test.command)
			} else {
				eventually(t, 10*time.Second, "it is not ready", func() error { return d.answers("/readyz", 503, "no ") })
			}
			eventually(t, 20*time.Second, "the log says so", func() error { return d.logged(`"level":"WARN"`, test.says) })
			if strings.Contains(d.said(), redisPassword) {
				t.Error("the log has a password in it")
			}
			keep(t, "lines of the log that name the cause, and what to change", number(1), number(strings.Count(d.said(), test.says)))
		})
	}
}

// publishUntilHeard publishes a command once a driver listens.
func (r *redisServer) publishUntilHeard(t *testing.T, serial uint64, payload string) {
	t.Helper()
	eventually(t, 20*time.Second, "a driver hears the command", func() error {
		if r.publish(serial, payload) == 0 {
			return fmt.Errorf("nobody listens for %d", serial)
		}
		return nil
	})
}
