package world

import (
	"time"

	pb "mercury-driver/proto/mercury/driver/v1"
	"mercury-driver/sim/app/desk"
)

// app is one process of the vendor app: its desk, what waits for it, and the streams. It takes turns as the
// reference app does: what waits is done and committed together.
type app struct {
	world   *World
	host    *host
	desk    *desk.Desk
	waiting []func(*desk.Desk)
	turn    alarm
}

const tickEvery = 250 * time.Millisecond

// startApp starts a process on what the database holds.
func (w *World) startApp() {
	a := &app{world: w, host: w.newHost("app", w.machines["app"])}
	a.turn = alarm{host: a.host, what: "turn", do: a.commit}
	w.app = a
	var err error
	a.desk, err = desk.New(a.host.now(), w.seams.store(w.database),
		desk.Rules{LeaseTTL: w.settings.leaseTTL, Credit: w.settings.credit}, w.logger("app"))
	if err != nil {
		w.oracle.Fault("app: %v", err)
	}
	w.each(tickEvery, a.host, "app tick", func() {
		now := a.host.now()
		a.add(func(d *desk.Desk) { d.Tick(now) })
	})
}

func (a *app) add(step func(*desk.Desk)) {
	a.waiting = append(a.waiting, step)
	a.turn.soon()
}

// commit is a turn. A database that fails ends the process.
func (a *app) commit() {
	steps := a.waiting
	a.waiting = nil
	for _, step := range steps {
		step(a.desk)
	}
	if a.desk.Commit() != nil {
		a.world.killApp()
	}
}

// accept takes in a stream, and the calls on its connection.
func (a *app) accept(c *conn) {
	s := &served{app: a, conn: c}
	c.up.take = s.take
	c.up.ended = func() { s.ended(nil) }
}

// served is a stream at the app. It is the desk's Link.
type served struct {
	app      *app
	conn     *conn
	instance string
	peer     *desk.Peer // nil: it said nothing yet
}

func (s *served) take(m any) {
	a := s.app
	switch m := m.(type) {
	case *question:
		a.world.after(a.world.latency(a.world.mood.thread), a.host, "admit", func() {
			a.add(func(d *desk.Desk) {
				d.Admit(m.Request, func(r *pb.AdmitResponse, err error) {
					a.world.oracle.Asked(m.Request.Serial)
					s.conn.down.send(&answer{m, r, err})
				})
			})
		})
	case *pb.ConnectRequest:
		s.request(m)
	}
}

func (s *served) request(m *pb.ConnectRequest) {
	a, now := s.app, s.app.host.now()
	if s.peer == nil {
		peer, hello, err := desk.Greet(m, a.world.seams.link(s))
		if err != nil {
			a.world.oracle.Fault("app: %v", err)
			return
		}
		s.peer, s.instance = peer, hello.Instance
		a.add(func(d *desk.Desk) { d.Hello(now, peer, hello) })
		return
	}
	step, err := s.peer.Take(now, m)
	if err != nil {
		a.world.oracle.Fault("app: %v", err)
		return
	}
	a.add(step)
}

// Send implements desk.Link.
func (s *served) Send(m *pb.ConnectResponse) {
	if ack := m.GetAck(); ack != nil {
		s.app.world.oracle.Acknowledged(s.instance, ack)
	}
	if c := m.GetCommand(); c != nil {
		s.app.world.oracle.SentCommand(c.Command)
	}
	s.conn.down.send(m)
}

// End implements desk.Link.
func (s *served) End(err error) {
	s.conn.close(s.conn.down, false)
	s.ended(err)
}

func (s *served) ended(err error) {
	if peer := s.peer; peer != nil {
		s.app.add(func(d *desk.Desk) { d.Ended(peer, err) })
	}
}
