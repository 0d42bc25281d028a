package e2e

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

const (
	pretendSerial = "70001" // of the pretend library's one controller
	erasedLog     = 40      // how many transactions that has once it was erased
)

// A driver whose library is polled, bears one call at a time, can hold a controller back only by pausing it, tells
// of no silence and of no erase: all that is promised holds there too, while the driver is killed and its library
// begins anew.
func TestCarefulLibrary(t *testing.T) {
	s := startMPLSystem(t, "WINDOW=32", "LINK_FRESH=1s")
	d := s.drivers[0]
	eventually(t, 10*time.Second, "transactions flow", func() error { return s.logged(0, 1) })
	d.kill()
	t.Logf("killed with %d of %d transactions stored", s.app.count(storedIn, 0), pretendLog)
	d.startLinked(t, mplProgram).awaitReady()
	eventually(t, 20*time.Second, "all transactions are stored", func() error { return s.logged(0, pretendLog) })
	checkLog(t, s, 0, pretendLog)
	if n := s.app.count(`SELECT count(*) FROM gaps`); n > 0 {
		t.Errorf("%d gaps are reported, nothing is missing", n)
	}

	s.does(t, "status")
	s.awaitStatusReports(1)
	if n := s.reported("overwritten") - 1<<40; n == 0 {
		t.Error("the controller was never paused")
	} else {
		t.Logf("the controller was paused %d times", n)
	}
	checkSilence(t, s)
	checkErase(t, s)
	d.stop(20 * time.Second)
	if err := s.app.hasOnline(0); err != nil {
		t.Error(err)
	}
}

// checkSilence looks at what polling costs while nothing happens, and then opens a door. The library can't tell
// for how long its link was silent, so the controller must give a sign of life first.
func checkSilence(t *testing.T, s *system) {
	t.Helper()
	const silence = 2 * time.Second // more than LINK_FRESH
	polls, used := s.reported("unread"), cpu(t, s.drivers[0].pid())
	passes(t, silence, "nothing happens")
	used = cpu(t, s.drivers[0].pid()) - used
	s.does(t, "unlock", "-door", "1")
	s.awaitStatusReports(2)
	t.Logf("in %v of silence, under the race detector: %v of CPU, %d polls", silence, used, s.reported("unread")-polls)
	if used > silence/4 {
		t.Errorf("%v of CPU in %v is too much for nothing", used, silence)
	}
	heard := s.app.count(`SELECT max(received_ns) FROM events WHERE kind = 'log_status'`)
	if posted := s.app.count(`SELECT posted_ns FROM results ORDER BY ended_ns DESC LIMIT 1`); posted < heard {
		t.Errorf("the unlock was posted %v before the sign of life", time.Duration(heard-posted))
	}

	refused := s.send(t, "unlock", "-door", "9")
	if code := refused.exit(10 * time.Second); code != 1 || !strings.Contains(refused.said(), "nak") {
		t.Errorf("exit code %d, want 1 and a nak: %s", code, refused.said())
	}
}

// checkErase has the controller forget its log. As the library tells of no log epochs, the app concludes that from
// a newest index that is lower than what it has.
func checkErase(t *testing.T, s *system) {
	t.Helper()
	s.does(t, "reset", "-erase")
	eventually(t, 10*time.Second, "the log that follows is stored", func() error { return s.logged(1, erasedLog) })
	checkLog(t, s, 1, erasedLog)
	checkLog(t, s, 0, pretendLog)
	missing := s.app.count(`SELECT count(*) FROM gaps WHERE log_epoch = 0 AND first = ? AND last = 0 AND cause = 'erased'`, pretendLog+1)
	if all := s.app.count(`SELECT count(*) FROM gaps`); missing != 1 || all != 1 {
		t.Errorf("%d gaps, %d of them for the erase; want that one", all, missing)
	}
}

const storedIn = `SELECT count(*) FROM events WHERE serial = 70001 AND idx > 0 AND log_epoch = ?`

// logged fails unless so many transactions of a log epoch are stored.
func (s *system) logged(epoch, transactions int) error {
	if n := s.app.count(storedIn, epoch); n < transactions {
		return fmt.Errorf("%d of %d are", n, transactions)
	}
	return nil
}

// checkLog fails unless a log is stored once, in its order, and no more than that.
func checkLog(t *testing.T, s *system, epoch, transactions int) {
	t.Helper()
	rows, err := s.app.stored.Query(`SELECT idx FROM events WHERE serial = 70001 AND idx > 0 AND log_epoch = ? ORDER BY id`, epoch)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	last := 0
	for rows.Next() {
		var index int
		if err := rows.Scan(&index); err != nil || index != last+1 {
			t.Fatalf("log epoch %d: %d was stored behind %d (%v)", epoch, index, last, err)
		}
		last = index
	}
	if last != transactions {
		t.Errorf("log epoch %d: %d transactions are stored, want %d", epoch, last, transactions)
	}
}

// awaitStatusReports waits until the controller has reported its status so often.
func (s *system) awaitStatusReports(times int) {
	s.app.t.Helper()
	eventually(s.app.t, 5*time.Second, "the controller's status is stored", func() error {
		if n := s.app.count(`SELECT count(*) FROM events WHERE kind = 'log_status'`); n != times {
			return fmt.Errorf("%d reports are, want %d", n, times)
		}
		return nil
	})
}

// reported is a field of the last log status, in which the pretend library reports on itself.
func (s *system) reported(field string) int {
	return s.app.count(`SELECT CAST(json_extract(body, '$.' || ?) AS INTEGER) FROM events WHERE kind = 'log_status' ORDER BY id DESC LIMIT 1`, field)
}

// cpu is the processor time that a process has used.
func cpu(t *testing.T, pid int) time.Duration {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, behindName, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(behindName)
	user, err := strconv.Atoi(fields[11]) // in hundredths of a second
	system, err2 := strconv.Atoi(fields[12])
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	return time.Duration(user+system) * 10 * time.Millisecond
}

// startMPLSystem runs Redis, the app and a driver with the pretend library, and waits until its controller is
// served.
func startMPLSystem(t *testing.T, settings ...string) *system {
	t.Helper()
	s := &system{redis: startRedis(t, freePort(t))}
	s.app = anApp(t, s.redis.port).start(t)
	d := aDriver(t, s.app.port, s.redis.port, settings...).startLinked(t, mplProgram)
	s.drivers = []*driver{d}
	d.awaitReady()
	eventually(t, 10*time.Second, "the controller is online", func() error { return s.app.hasOnline(1) })
	return s
}

// send is mercury-sim send to that controller; it does not wait for the command's end.
func (s *system) send(t *testing.T, args ...string) *process {
	t.Helper()
	args = append([]string{"send", pretendSerial}, append(args, "-app", loopback(s.app.port))...)
	return start(t, "send", []string{raceEndsAtOnce}, simProgram, args...)
}

// does sends a command that must be done.
func (s *system) does(t *testing.T, args ...string) {
	t.Helper()
	sent := s.send(t, args...)
	if code := sent.exit(10 * time.Second); code != 0 || !strings.Contains(sent.said(), "done after") {
		t.Fatalf("send %q: exit code %d, %s", args, code, sent.said())
	}
}
