package e2e

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"
)

// A library that says each transaction once, and forgets it then, though the driver is killed again and again, and the
// app is away: each is on disk before the next one is asked for, so that none is missing in the end.
func TestLibraryThatSaysEachTransactionOnce(t *testing.T) {
	dir := t.TempDir()
	redis := startRedis(t, freePort(t))
	a := anApp(t, redis.port).start(t)
	s := &system{redis: redis, app: a}
	d := aDriver(t, a.port, redis.port, "SPOOL_DIR="+dir, "PRETEND_FORGOTTEN="+filepath.Join(dir, "forgotten"))
	for _, stored := range []int{1, 500, 1500} {
		d.startLinked(t, onceProgram)
		eventually(t, 20*time.Second, "transactions flow", func() error { return s.logged(0, stored) })
		d.kill()
		t.Logf("killed with %d of %d transactions stored", a.count(storedIn, 0), pretendLog)
	}
	d.startLinked(t, onceProgram)
	eventually(t, 20*time.Second, "transactions flow", func() error { return s.logged(0, 2500) })
	a.kill()
	eventually(t, 30*time.Second, "transactions go to disk", func() error { return d.spooled(500) })
	d.kill()
	d.startLinked(t, onceProgram)
	a.start(t)
	eventually(t, 60*time.Second, "all transactions are stored", func() error { return s.logged(0, pretendLog) })
	checkLog(t, s, 0, pretendLog)
	if n := a.count(`SELECT count(*) FROM gaps`); n > 0 {
		t.Errorf("%d gaps are reported, nothing is missing", n)
	}
	d.stop(20 * time.Second)
}

// Without a disk it could only lose events.
func TestLibraryThatSaysEachTransactionOnceNeedsASpool(t *testing.T) {
	d := aDriver(t, freePort(t), freePort(t)).startLinked(t, onceProgram)
	if code := d.exit(10 * time.Second); code != 78 {
		t.Errorf("exit code %d, want 78", code)
	}
	if err := d.says("set SPOOL_DIR"); err != nil {
		t.Error(fmt.Errorf("%w:\n%s", err, d.said()))
	}
}
