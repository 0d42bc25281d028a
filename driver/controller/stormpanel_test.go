package controller

import (
	"slices"

	"mercury-driver/cvendor/scp"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// The controller's side of a storm.

type stormLog struct {
	epoch          uint32
	oldest, newest uint64
	acked          uint64
}

const stormRoom = 200 // entries of the controller's log

func (w *storm) attach() {
	w.up = true
	w.key.Attachment++
	w.bound, w.reporting = 0, false
	if !w.once() {
		w.next = 1
	}
	w.down, w.actions, w.tag = nil, map[uint32]scp.Action{}, 0
	w.say = append(w.say, scp.Message{Kind: scp.CommOnline, SCP: w.key.SCP, Attachment: w.key.Attachment},
		scp.Message{Kind: scp.IdentityTold, SCP: w.key.SCP, Attachment: w.key.Attachment, Identity: &scp.Identity{
			Serial: serial, LogEpoch: w.log.epoch, Oldest: w.log.oldest, Newest: w.log.newest}})
}

func (w *storm) tell(m scp.Message) {
	m.SCP, m.Attachment = w.key.SCP, w.key.Attachment
	w.say = append(w.say, m)
}

func (w *storm) cut() {
	if w.up {
		w.up = false
		w.tell(scp.Message{Kind: scp.CommOffline})
	}
}

// drain is the event thread.
func (w *storm) drain() {
	w.receive(w.rand.IntN(len(w.say) + 1))
}

// receive hands over so many messages. Where all is said once it is on disk before more is asked for.
func (w *storm) receive(n int) {
	batch := slices.Clone(w.say[:n])
	w.say = w.say[n:]
	w.table.Receive(w.now, batch)
	if !w.once() {
		return
	}
	if written := len(batch); written > 0 && batch[written-1].Index > 0 {
		m := &batch[written-1]
		w.table.Acked(w.now, []*pb.LogPosition{{Serial: serial, LogEpoch: m.LogEpoch, Index: w.last[m.LogEpoch]}})
	}
}

// once tells of a library that says each transaction once.
func (w *storm) once() bool { return !w.table.caps.Rewind }

// Kept, Through and Last are the spool's.
func (w *storm) Kept(_ uint64, epoch uint32, index uint64) (first, last uint64) {
	for ; index <= w.last[epoch]; index++ {
		if w.onDisk[epoch][index] {
			return index, w.Through(0, epoch, index)
		}
	}
	return 0, 0
}

func (w *storm) Through(_ uint64, epoch uint32, index uint64) uint64 {
	for w.onDisk[epoch][index+1] {
		index++
	}
	return index
}

func (w *storm) Last(_ uint64, epoch uint32) uint64 { return w.last[epoch] }

// entry logs something. What may be reported is not overwritten before it is: no link is so slow.
func (w *storm) entry() {
	if w.next <= w.log.oldest && w.log.newest+1-w.log.oldest == stormRoom {
		w.report()
	}
	w.log.newest++
	w.log.oldest = max(w.log.oldest, w.log.newest+1-min(stormRoom, w.log.newest))
}

func (w *storm) report() {
	w.next = max(w.next, w.log.oldest)
	if w.up && w.reporting && w.next <= min(w.bound, w.log.newest) {
		w.tell(scp.Message{Kind: scp.Tamper, LogEpoch: w.log.epoch, Index: w.next})
		w.next++
	}
}

// execute is the controller that obeys its next command.
func (w *storm) execute() {
	if !w.up || len(w.down) == 0 {
		return
	}
	m := w.down[0]
	w.down = w.down[1:]
	m.Result = scp.ReplyOK
	at := func(p scp.LogPosition) bool {
		if p.Epoch != w.log.epoch || p.Index > w.log.newest+1 {
			m.Result = scp.ReplyNAK
		}
		return m.Result == scp.ReplyOK
	}
	switch a := w.actions[m.Tag].(type) {
	case scp.Unlock:
		if w.rand.IntN(20) == 0 {
			return // no answer
		}
	case scp.Detach, scp.Refuse:
		w.cut()
		return
	case scp.LogRewind:
		if at(a.LogPosition) {
			w.next = max(a.Index, w.log.oldest)
		}
	case scp.LogReport:
		w.reporting, w.bound = true, a.Index
	case scp.Status:
		w.tell(m)
		w.tell(scp.Message{Kind: scp.LogStatus, Log: scp.LogFill{Capacity: stormRoom,
			Unread: uint32(w.log.newest - max(w.log.acked, w.log.oldest-1))}})
		return
	case scp.LogPause:
		w.reporting = false
	case scp.LogResume:
		w.reporting, w.bound = true, 1<<60
	case scp.LogAcknowledge:
		if at(a.LogPosition) {
			w.log.acked = max(w.log.acked, a.Index)
			for i := w.log.oldest; i <= a.Index; i++ {
				if !w.stored[a.Epoch][i] && !w.onDisk[a.Epoch][i] {
					w.Fatalf("told to forget %d of log %d, which is not stored", i, a.Epoch)
				}
			}
		}
	}
	w.tell(m)
}
