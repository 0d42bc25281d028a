package app_test

import (
	"log/slog"
	"regexp"
	"testing"

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

var refused = regexp.MustCompile(`msg="redis did not take a command" controller=61364 cmd_id=(\S+) way=pubsub err=OOM`)

// What Redis says against a command is in the log: the command itself may have reached a driver, and waits for its end.
func TestRedisThatRefusesACommand(t *testing.T) {
	log := make(lines, 1000)
	r := (&rig{t: t, way: app.PubSub, log: slog.New(slog.NewTextHandler(log, nil))}).begin()
	d := r.connect("a")
	d.admit(61364)
	heard := r.redis.NewSubscriber()
	heard.Subscribe("61364")
	r.redis.SetError("OOM")
	answers := r.unlock(61364, appv1.Route_ROUTE_CLAIM)
	var said []string
	for said == nil {
		said = refused.FindStringSubmatch(<-log)
	}
	d.answer(&pb.Command{Id: said[1]}, 61364, pb.Outcome_OUTCOME_DONE)
	<-answers
}
