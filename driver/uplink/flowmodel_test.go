package uplink

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mercury-driver/driver/encoded"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// wanted is an event that is to be kept.
type wanted struct {
	serial  uint64
	epoch   uint32
	index   uint64 // 0: a driver event
	number  uint64
	carried bool
}

func (w wanted) String() string {
	if w.index == 0 {
		return fmt.Sprintf("%d#%d", w.serial, w.number)
	}
	return fmt.Sprintf("%d.%d.%d", w.serial, w.epoch, w.index)
}

// flowsModel is the plainest model of the flows of some controllers: what is kept of each, in its order.
type flowsModel struct {
	*bench
	kept    map[uint64][]wanted // by serial
	numbers uint64
}

func (m *flowsModel) offer(w wanted) {
	m.Offer(entry(w.serial, w.epoch, w.index))
	same := func(k wanted) bool { return k.index == w.index && k.epoch == w.epoch }
	if !slices.ContainsFunc(m.kept[w.serial], same) {
		m.kept[w.serial] = append(m.kept[w.serial], w)
	}
}

func (m *flowsModel) see(serial uint64) {
	m.Offer(seen(serial))
	m.numbers++
	m.kept[serial] = append(m.kept[serial], wanted{serial: serial, number: m.numbers})
}

// carry sends all, and fails where it is not each controller's next.
func (m *flowsModel) carry(t *rapid.T) {
	for batch := m.batch(); batch != ""; batch = m.batch() {
		for name := range strings.FieldsSeq(batch) {
			of := m.kept[uint64(name[0]-'0')]
			next := slices.IndexFunc(of, func(k wanted) bool { return !k.carried })
			if next < 0 || of[next].String() != name {
				t.Fatalf("%s was sent, of %v", name, of)
			}
			of[next].carried = true
		}
	}
}

func (m *flowsModel) release(a *pb.Ack, stored func(wanted) bool) {
	m.ack(m.now, a)
	for serial, of := range m.kept {
		m.kept[serial] = slices.DeleteFunc(of, func(k wanted) bool { return k.carried && stored(k) })
	}
}

func (m *flowsModel) cut() {
	m.reconnect()
	for _, of := range m.kept {
		for i := range of {
			of[i].carried = false
		}
	}
}

func (m *flowsModel) withdraw(t *rapid.T, serial uint64) {
	m.close()
	taken, _ := m.Withdraw(func(ev *encoded.Event) bool { return ev.Serial == serial })
	m.open()
	m.start()
	m.cut()
	transaction := func(k wanted) bool { return k.index != 0 }
	before := len(m.kept[serial])
	m.kept[serial] = slices.DeleteFunc(m.kept[serial], transaction)
	if want := before - len(m.kept[serial]); len(taken) != want {
		t.Fatalf("took back %d of %d", len(taken), want)
	}
}

// check compares what is kept, and which names are known.
func (m *flowsModel) check(t *rapid.T) {
	for serial, want := range m.kept {
		f := m.events.flows[serial]
		if f == nil {
			f = new(flow)
		}
		var got []wanted
		names := 0
		for ev := range f.all() {
			got = append(got, wanted{ev.Serial, ev.LogEpoch, ev.Index, ev.Message.GetNumber(), false})
			if ev.Index != 0 {
				names++
			}
		}
		if !slices.EqualFunc(got, want, func(g, w wanted) bool { g.carried = w.carried; return g == w }) {
			t.Fatalf("keeps %v, want %v", got, want)
		}
		if f.names != nil && len(f.names) != names {
			t.Fatalf("knows %v of %v", f.names, got)
		}
	}
}

func TestFlowsAgainstModel(t *testing.T) {
	serials, epochs, indexes := rapid.Uint64Range(7, 8), rapid.Uint32Range(1, 2), rapid.Uint64Range(1, 12)
	rapid.Check(t, func(r *rapid.T) {
		m := &flowsModel{bench: newBench(t, 256), kept: map[uint64][]wanted{}}
		r.Repeat(map[string]func(*rapid.T){
			"log": func(r *rapid.T) {
				w := wanted{serial: serials.Draw(r, "serial"), epoch: epochs.Draw(r, "epoch"), index: indexes.Draw(r, "index")}
				for range 4 {
					m.offer(w)
					w.index++
				}
			},
			"see":      func(r *rapid.T) { m.see(serials.Draw(r, "serial")) },
			"carry":    m.carry,
			"cut":      func(*rapid.T) { m.cut() },
			"withdraw": func(r *rapid.T) { m.withdraw(r, serials.Draw(r, "serial")) },
			"stored": func(r *rapid.T) {
				serial, epoch, index := serials.Draw(r, "serial"), epochs.Draw(r, "epoch"), indexes.Draw(r, "index")
				m.release(upTo(serial, epoch, index), func(k wanted) bool {
					return k.serial == serial && k.epoch == epoch && k.index != 0 && k.index <= index
				})
			},
			"stored number": func(r *rapid.T) {
				number := rapid.Uint64Range(0, m.numbers).Draw(r, "number")
				m.release(&pb.Ack{DriverEvents: []uint64{number}}, func(k wanted) bool { return k.index == 0 && k.number == number })
			},
			"": m.check,
		})
	})
}
