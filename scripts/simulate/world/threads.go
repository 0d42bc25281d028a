package world

import (
	"time"

	"mercury-driver/cvendor/scp"
	"mercury-driver/driver/controller"
)

// threads are the command threads of a driver, with the rules of its pool: whoever is ready has its turn, and one
// thread at a time runs a session.
type threads struct {
	driver *driver
	wake   alarm
	ready  []*controller.Session
	turns  map[*controller.Session]turn
	busy   int
}

// turn is where a session stands.
type turn int

const (
	queued turn = iota + 1
	running
	runningReady // it became ready again meanwhile
)

// lastAgain is when a driver says a last word again that its library did not take.
const lastAgain = time.Second

// threadCount is how many there are.
const threadCount = 2

func (t *threads) start(d *driver) {
	t.driver, t.turns = d, map[*controller.Session]turn{}
	t.wake = alarm{host: d.host, what: "thread", do: t.take}
}

// Ready implements controller.Poster.
func (t *threads) Ready(s *controller.Session) {
	switch t.turns[s] {
	case 0:
		t.turns[s] = queued
		t.ready = append(t.ready, s)
		t.awaken()
	case running:
		t.turns[s] = runningReady
	}
}

// awaken has a thread look at what is ready. On a busy machine it is a while until it runs: nobody can act before.
func (t *threads) awaken() {
	t.wake.soon()
	h := t.driver.host
	h.stops = append(h.stops, stop{h.world.now, t.wake.at})
}

// take gives a thread its next session.
func (t *threads) take() {
	if t.busy == threadCount || len(t.ready) == 0 {
		return
	}
	s := t.ready[0]
	t.ready = t.ready[1:]
	t.turns[s] = running
	t.busy++
	t.awaken()
	t.run(s)
}

// run posts the next of a session. The library may take its time, before it takes the command or behind that.
func (t *threads) run(s *controller.Session) {
	d := t.driver
	defer d.stepped()
	post, more := s.Next(d.host.now())
	if !more {
		t.finish(s)
		return
	}
	d.world.oracle.Post(d.instance, post.Key.SCP, post.Key.Attachment, post.Command.Action)
	before, behind := d.world.slowCall(), d.world.slowCall()
	d.host.stops = append(d.host.stops, stop{d.world.now, d.world.now + before + behind})
	d.world.after(before, d.host, "post", func() {
		tag, err := t.post(post)
		d.world.after(behind, d.host, "posted", func() {
			s.Posted(d.host.now(), post, tag, err)
			t.run(s)
		})
	})
}

func (t *threads) post(p controller.Post) (tag uint32, err error) {
	w, h := t.driver.world, t.driver.host
	if w.chance(w.mood.postErrors) {
		h.stops = append(h.stops, stop{w.now, w.now + lastAgain})
		return 0, &scp.Error{Op: "post", Code: scp.Refused, Text: "link congested"}
	}
	return t.driver.post(p)
}

// finish gives a session back; what became ready meanwhile has another turn.
func (t *threads) finish(s *controller.Session) {
	t.busy--
	again := t.turns[s] == runningReady
	delete(t.turns, s)
	if again {
		t.Ready(s)
	}
	t.awaken()
}

// slowCall draws how long a library call takes.
func (w *World) slowCall() time.Duration {
	if w.chance(w.mood.slowCalls) {
		return w.upTo(time.Second)
	}
	return 0
}
