package app_test

import (
	"log/slog"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/alicebob/miniredis/v2/server"

	appv1 "mercury-driver/proto/mercury/app/v1"
	pb "mercury-driver/proto/mercury/driver/v1"
	"mercury-driver/sim/app"
)

// lines are the texts of what is logged.
type lines chan string

func (l lines) Write(line []byte) (int, error) {
	l <- string(line)
	return len(line), nil
}

// A command that Redis answers with an error went nowhere, and who asked for it is told so at once.
func TestRedisThatRefusesACommand(t *testing.T) {
	for name, c := range map[string]struct {
		way     app.Way
		prepare func(r *rig)
		want    string
	}{
		"published": {app.PubSub, func(r *rig) { r.redis.SetError("OOM") }, "redis: OOM"},
		"published in shards of what has none": {app.Sharded,
			func(r *rig) { r.redis.SetError("ERR This instance has cluster support disabled") },
			"redis: ERR This instance has cluster support disabled"},
		"published in a shard": {app.Sharded, func(r *rig) { r.redis.Server().SetPreHook(refuse("SPUBLISH")) }, "redis: NOPERM"},
		"added to what is no stream": {app.Streams, func(r *rig) { r.redis.Set("commands:{61364}", "x") },
			"redis: WRONGTYPE "},
	} {
		t.Run(name, func(t *testing.T) {
			r := (&rig{t: t, way: c.way}).begin()
			c.prepare(r)
			a := <-r.unlock(61364, appv1.Route_ROUTE_CLAIM)
			if got := a.GetResult(); got.GetOutcome() != pb.Outcome_OUTCOME_REFUSED || !strings.HasPrefix(got.GetReason(), c.want) {
				t.Errorf("answered %v", a)
			}
		})
	}
}

// refuse forbids a command.
func refuse(forbidden string) server.Hook {
	return func(c *server.Peer, command string, _ ...string) bool {
		if command == forbidden {
			c.WriteError("NOPERM")
		}
		return command == forbidden
	}
}

var troubled = regexp.MustCompile(`msg="a command met an error in redis" controller=61364 cmd_id=(\S+) .*err=(\S+)`)

// A command may have been taken before its connection was lost, or though Redis refuses what goes with it: it waits for
// its end.
func TestACommandThatRedisMayHaveTaken(t *testing.T) {
	for name, c := range map[string]struct {
		way  app.Way
		hook server.Hook
		want string
	}{
		"published, lost, and then refused":     {app.PubSub, loseThenRefuse("PUBLISH"), "NOPERM"},
		"in shards, lost, and then refused":     {app.Sharded, loseThenRefuse("SPUBLISH"), "NOPERM"},
		"in a stream, lost, and then refused":   {app.Streams, loseThenRefuse("XADD"), "NOPERM"},
		"in a stream that can't be made to end": {app.Streams, refuse("EXPIRE"), "NOPERM"},
	} {
		t.Run(name, func(t *testing.T) {
			log := make(lines, 1000)
			r := (&rig{t: t, way: c.way, log: slog.New(slog.NewTextHandler(log, nil))}).begin()
			d := r.connect("a")
			d.admit(61364)
			r.redis.Server().SetPreHook(c.hook)
			answers := r.unlock(61364, appv1.Route_ROUTE_CLAIM)
			var said []string
			for said == nil {
				said = troubled.FindStringSubmatch(<-log)
			}
			if said[2] != c.want {
				t.Errorf("the log has %q", said[0])
			}
			d.answer(&pb.Command{Id: said[1]}, 61364, pb.Outcome_OUTCOME_DONE)
			if a := <-answers; a.GetResult().GetOutcome() != pb.Outcome_OUTCOME_DONE {
				t.Errorf("answered %v", a)
			}
		})
	}
}

// loseThenRefuse hangs up on the first of some command, and forbids it from then on.
func loseThenRefuse(forbidden string) server.Hook {
	var lost atomic.Bool
	refuse := refuse(forbidden)
	return func(c *server.Peer, command string, args ...string) bool {
		if command != forbidden || lost.Swap(true) {
			return refuse(c, command, args...)
		}
		c.Close()
		return true
	}
}
