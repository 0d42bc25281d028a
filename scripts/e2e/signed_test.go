package e2e

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	appv1 "mercury-driver/proto/mercury/app/v1"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// A driver with keys opens a door for who has one, and for nobody else who may publish in Redis.
func TestSignedCommands(t *testing.T) {
	s, f, keys := startSigned(t)
	heard := s.redis.listen(t, firstSerial)
	s.mustUnlock(t, appv1.Route_ROUTE_STREAM) // needs no signature
	s.mustUnlock(t, appv1.Route_ROUTE_REDIS)
	<-heard
	s.mustUnlock(t, appv1.Route_ROUTE_CLAIM)
	again := <-heard
	s.redis.forgetClaims(t)
	s.redis.publish(firstSerial, again)
	s.redis.publish(firstSerial+1, again)
	for _, payload := range keys.forgeries(t) {
		s.redis.publish(firstSerial, payload)
	}
	for cause, want := range map[string]int{"replayed": 1, "unsigned": 3, "unknown_key": 1, "bad_signature": 2} {
		s.drivers[0].mustDrop(cause, want)
	}
	f.mustHaveUnlocked(t, 3)
	keep(t, "doors that open for who has no key, or repeats what was signed", number(0), number(len(f.unlocks(t))-3))

	keys.rotate(t, s)
	f.mustHaveUnlocked(t, 5)
	keep(t, "answers to who has no key", number(0), number(s.app.count(`SELECT count(*) FROM results WHERE id LIKE 'forged%'`)))
	keys.mustBeSecret(t, s)
}

// startSigned is a system of one driver and two panels, in which all commands are signed.
func startSigned(t *testing.T) (*system, *fleet, signKeys) {
	dir := t.TempDir()
	k := signKeys{file: filepath.Join(dir, "key"), public: filepath.Join(dir, "keys"),
		own: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))}
	p := start(t, "key", nil, simProgram, "key", "-out", k.file)
	if code := p.exit(10 * time.Second); code != 0 {
		t.Fatalf("mercury-sim key ended with %d: %s", code, p.said())
	}
	k.line = p.said()
	k.id, _, _ = strings.Cut(k.line, " ")
	k.publish(t, "# who may sign\n"+k.line)

	s := &system{redis: startRedis(t, freePort(t))}
	s.app = anApp(t, s.redis.port)
	s.app.flags = []string{"-sign-key", k.file}
	s.app.start(t)
	d := aDriver(t, s.app.port, s.redis.port, "COMMAND_KEYS="+k.public).start(t)
	d.awaitReady()
	s.drivers = []*driver{d}
	f := startFleet(t, loopback(d.port), 2, "-scenario", "idle")
	eventually(t, 15*time.Second, "the panels are online", func() error { return s.app.hasOnline(2) })
	return s, f, k
}

// rotate adds the own key to the file, which opens a door then, and breaks the file, which changes nothing.
func (k signKeys) rotate(t *testing.T, s *system) {
	t.Helper()
	d := s.drivers[0]
	own := base64.StdEncoding.EncodeToString(k.own.Public().(ed25519.PublicKey))
	k.publish(t, k.line+"bystander "+own)
	eventually(t, 5*time.Second, "the driver has two keys", func() error { return d.counts("mercury_command_keys", 2) })
	s.redis.publish(firstSerial, k.signed("bystander", k.unlock(t, "rotated")))
	eventually(t, 5*time.Second, "the new key opens", func() error { return s.app.ended("rotated", "done") })

	k.publish(t, k.line+"bystander "+own[1:])
	eventually(t, 5*time.Second, "the driver is warned", func() error { return d.counts("mercury_command_keys_stale", 1) })
	if err := d.says(k.public + ", line 2: the key must be base64"); err != nil {
		t.Error(err)
	}
	s.mustUnlock(t, appv1.Route_ROUTE_REDIS)
}

// mustUnlock opens a door of the first panel, through the app.
func (s *system) mustUnlock(t *testing.T, route appv1.Route) {
	t.Helper()
	r, err := s.app.send(firstSerial, &pb.Command{Action: &pb.Command_Unlock{Unlock: &pb.Unlock{Door: 1}}}, route)
	if err != nil || r.GetOutcome() != pb.Outcome_OUTCOME_DONE {
		t.Errorf("unlock by %v: %v, %v", route, r, err)
	}
}

// mustDrop waits until the driver has dropped so many commands for a cause, and said so.
func (d *driver) mustDrop(cause string, want int) {
	d.t.Helper()
	eventually(d.t, 10*time.Second, fmt.Sprint(want, " dropped: ", cause), func() error {
		return errors.Join(d.counts(fmt.Sprintf("mercury_commands_unverified_total{cause=%q}", cause), want),
			d.says(fmt.Sprintf(`"cause":%q`, cause)))
	})
}

// ended fails unless a command by hand has that outcome.
func (a *app) ended(id, outcome string) error {
	if a.count(`SELECT count(*) FROM results WHERE id = ? AND outcome = ?`, id, outcome) != 1 {
		return fmt.Errorf("%s has not ended %s", id, outcome)
	}
	return nil
}
