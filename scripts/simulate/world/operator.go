package world

import (
	"fmt"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	appv1 "mercury-driver/proto/mercury/app/v1"
	pb "mercury-driver/proto/mercury/driver/v1"
	"mercury-driver/sim/app/desk"
)

// wish lets somebody at the app, if it is up, ask for a command to a panel, by any route.
func (w *World) wish(serial uint64, c *pb.Command, route appv1.Route) (id string) {
	if !w.app.host.up {
		return ""
	}
	w.wishes++
	id = fmt.Sprintf("c%04d", w.wishes)
	a := w.app
	wish := desk.Wish{Serial: serial, Command: c, Route: route,
		Publish: func(c *pb.Command) { a.publish(serial, c) },
		Ended:   func(*pb.CommandResult, time.Duration) {},
	}
	if err := wish.Check(); err != nil {
		w.oracle.Fault("wish %s: %v", id, err)
		return id
	}
	now := a.host.now()
	a.add(func(d *desk.Desk) { d.Open(now, id, wish) })
	w.oracle.Wished(id, serial, c)
	return id
}

// publish puts a command into Redis, at times twice, as a client does whose connection broke.
func (a *app) publish(serial uint64, c *pb.Command) {
	w := a.world
	payload, err := proto.Marshal(c)
	if w.chance(0.3) {
		payload, err = protojson.Marshal(c)
	}
	if err != nil {
		w.oracle.Fault("publish %s: %v", c.Id, err)
		return
	}
	heard := 0
	w.askRedis(a.host, "publish", 2*time.Second, func(r *redis) {
		for range 1 + min(1, w.intN(10)/9) {
			heard += r.publish(fmt.Sprint(serial), string(payload))
		}
		w.oracle.SentCommand(c)
	}, func(err error) {
		switch {
		case err == errRefused:
			a.add(func(d *desk.Desk) { d.NotSent(a.host.now(), c.Id, "redis: "+err.Error()) })
		case err == nil && heard == 0:
			a.add(func(d *desk.Desk) { d.NotSent(a.host.now(), c.Id, "offline: nobody listens") })
		}
	})
}

// deed is a command that no other does, so that the panel's history tells it apart.
func (w *World) deed() *pb.Command {
	w.deeds++
	c := &pb.Command{RequestedBy: "seed", TtlMs: uint32(w.between(2*time.Second, 8*time.Second).Milliseconds())}
	if w.chance(0.7) {
		c.Action = &pb.Command_Output{Output: &pb.SetOutput{Output: uint32(1 + w.deeds%4),
			Action: pb.OutputAction_OUTPUT_ACTION_PULSE, PulseMs: uint32(100 + w.deeds)}}
		return c
	}
	c.Action = &pb.Command_PutCard{PutCard: &pb.PutCard{Card: uint64(1000 + w.deeds), Doors: 1}}
	return c
}

// somebodyWishes asks for something by chance.
func (w *World) somebodyWishes() {
	c := w.deed()
	switch w.intN(30) {
	case 0:
		c.Action = &pb.Command_Reset_{Reset_: &pb.Reset{Erase: w.chance(0.3)}}
	case 1:
		c.Action = &pb.Command_Detach{Detach: &pb.Detach{}}
	case 2:
		c.Action = &pb.Command_QueryStatus{QueryStatus: &pb.QueryStatus{}}
	case 3:
		c.Action = &pb.Command_SetTime{SetTime: &pb.SetTime{}}
	}
	serial, route := pick(w, w.sites).serial, pick(w, routes)
	w.wish(serial, c, route)
	if w.chance(0.1) { // and several people want something at once
		for range w.intN(2 * w.settings.queue) {
			w.wish(serial, w.deed(), route)
		}
	}
}

var routes = []appv1.Route{appv1.Route_ROUTE_REDIS, appv1.Route_ROUTE_CLAIM, appv1.Route_ROUTE_STREAM}
