package world

import (
	"context"
	"errors"
	"slices"
	"time"

	"mercury-driver/driver/controller"
	"mercury-driver/driver/uplink"
	pb "mercury-driver/proto/mercury/driver/v1"
	"mercury-driver/scripts/simulate/oracle"
)

// asker puts a driver's questions to the vendor app, each as a call on the connection of the stream: calls and
// the stream do not wait for each other, so what both say of one lease may cross.
type asker struct {
	line *line
	wake alarm
	open []*question // put, and not answered
}

// question is a call under way; answer is what comes back.
type question struct {
	*uplink.Question[controller.Key]
	asked time.Time
}

type answer struct {
	to       *question
	response *pb.AdmitResponse
	err      error
}

var (
	errCanceled = errors.New("canceled")
	errHungUp   = errors.New("the stream ended")
)

// callLimit is how long a call may take.
const callLimit = 10 * time.Second

func (a *asker) start(l *line) {
	a.line, a.wake = l, alarm{host: l.driver.host, what: "ask", do: a.ask}
}

// Admit implements controller.Admitter.
func (a *asker) Admit(key controller.Key, req *pb.AdmitRequest) {
	a.line.driver.uplink.Admissions.Admit(key, req)
	a.wake.soon()
}

// Cancel implements controller.Admitter. The call is called off in its own time, or its answer comes before.
func (a *asker) Cancel(key controller.Key) {
	d := a.line.driver
	d.uplink.Admissions.Cancel(key)
	d.world.after(d.world.latency(d.world.mood.thread), d.host, "cancelled", func() {
		for _, key := range d.uplink.Admissions.Cancelled() {
			d.handler.Admitted(d.host.now(), key, nil, time.Time{}, context.Canceled)
		}
		for _, q := range slices.Clone(a.open) {
			if q.Key == key {
				a.settle(&answer{q, nil, errCanceled})
			}
		}
		d.stepped()
	})
}

func (a *asker) ask() {
	c, d := a.line.conn, a.line.driver
	if c == nil {
		return
	}
	next, due := d.uplink.Admissions.Next(d.host.now())
	switch {
	case next != nil:
		q := &question{next, d.host.now()}
		a.open = append(a.open, q)
		c.up.send(q)
		d.world.after(callLimit, d.host, "call limit", func() { a.settle(&answer{q, nil, errTimeout}) })
		a.wake.soon()
	case !due.IsZero():
		a.wake.in(due.Sub(d.host.now()))
	}
}

// take hands an answer on, in its own goroutine: what the stream says may overtake it.
func (a *asker) take(m *answer) {
	w := a.line.driver.world
	w.after(w.latency(w.mood.thread), a.line.driver.host, "answer", func() { a.settle(m) })
}

// hangUp ends all calls: their connection is gone.
func (a *asker) hangUp() {
	w := a.line.driver.world
	for _, q := range a.open {
		w.after(w.latency(w.mood.thread), a.line.driver.host, "call ended", func() { a.settle(&answer{q, nil, errHungUp}) })
	}
}

// settle ends a call, once.
func (a *asker) settle(m *answer) {
	at := slices.Index(a.open, m.to)
	if at < 0 {
		return
	}
	a.open = slices.Delete(a.open, at, at+1)
	d := a.line.driver
	if d.uplink.Admissions.Answered(d.host.now(), m.to.Question, m.err) {
		if grant := m.response.GetAdmitted(); grant != nil {
			d.world.oracle.Granted(oracle.Grant{Instance: d.instance, SCP: m.to.Key.SCP, Count: m.to.Key.Attachment,
				Request: m.to.Request, Admitted: grant})
		}
		d.handler.Admitted(d.host.now(), m.to.Key, m.response, m.to.asked, m.err)
	}
	a.wake.soon()
	d.stepped()
}
