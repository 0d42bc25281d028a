//go:build chaos

package e2e

import (
	"database/sql"
	"fmt"
	"testing"
	"time"

	"mercury-driver/scripts/e2e/oracle"
)

// The app reads all and echoes heartbeats, and can't commit, for longer than a lease lasts all in all. The leases are
// renewed, so commands are carried out all the while; their replies are never held up, and their results reach the app
// beside the events that its credit holds back. The driver keeps no more than the credit. Then it catches up.
func TestChaosAppThatCannotCommit(t *testing.T) {
	const panels, rate = 10, 3200
	s := startSystem(t, 1)
	d := s.drivers[0]
	f := startFleet(t, loopback(d.port), panels, "-scenario", "rush", "-rate", fmt.Sprint(rate))
	eventually(t, 15*time.Second, "all carry out commands", s.served(panels))
	eventually(t, 15*time.Second, "transactions flow", func() error { return s.app.has(rate) })
	var sent []oracle.Sent
	for n := range scaled(4, 1) {
		tell(t, "the app can't commit, for the %d. time", n+1)
		letGo := s.app.lock(t)
		stored := s.app.transactions()
		sent = append(sent, s.commandsAreDone(t, window*panels)...)
		letGo()
		eventually(t, 15*time.Second, "the app commits again", func() error { return s.app.has(stored + window*panels) })
	}
	if err := s.app.sawOffline(0); err != nil {
		t.Errorf("the leases were not renewed: %v", err)
	}
	if n := d.metric("mercury_stream_reconnects_total"); n != 0 {
		t.Errorf("the stream was lost %d times", n)
	}
	s.catchesUp(t, f)
	slowest := s.app.count(`SELECT max(ended_ns - received_ns) FROM results WHERE id LIKE 'card-%' AND outcome = 'done'`)
	keep(t, "a command is done, while the app can't commit, after", span(time.Second), span(slowest))
	v := s.judge(t, f, sent)
	if v.Outcomes["done"] < panels+len(sent) {
		t.Errorf("%d commands were published meanwhile; %v", len(sent), v.Outcomes)
	}
}

// locked is how long the app can't commit: it gives up after 5 s.
const locked = 3500 * time.Millisecond

// lock keeps everybody else from writing the app's database.
func (a *app) lock(t *testing.T) (letGo func()) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+a.database+"?mode=rw&_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(`BEGIN EXCLUSIVE`); err != nil {
		t.Fatal(err)
	}
	return func() { db.Close() }
}

// commandsAreDone publishes commands for as long as the app is locked; the driver keeps so many transactions at most.
func (s *system) commandsAreDone(t *testing.T, kept int) (sent []oracle.Sent) {
	t.Helper()
	d, over := s.drivers[0], time.Now().Add(locked)
	done := d.metric(`mercury_commands_total{outcome="done"}`)
	for ; time.Now().Before(over); time.Sleep(500 * time.Millisecond) {
		sent = append(sent, s.redis.publishCard(firstSerial+uint64(len(sent)%10)))
		d.keepsLittle(t, kept)
	}
	if err := d.reached(`mercury_commands_total{outcome="done"}`, done+len(sent)-1); err != nil {
		t.Error(err)
	}
	return sent
}
