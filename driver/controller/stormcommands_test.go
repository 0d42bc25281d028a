package controller

import (
	"errors"
	"fmt"
	"time"

	"mercury-driver/cvendor/scp"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// The commands of a storm: each is posted once at most and never late, and what was taken on ends once.

// stormCommand is what became of one id.
type stormCommand struct {
	until   time.Time // by its age
	posts   int
	results map[string]bool // different ones
	claimed bool            // Redis gave it to this process
	lost    bool            // or to another
	named   bool            // it named the lease that was current
	sole    bool            // no other process has it
	settled bool
	sent    *pb.Command
	born    time.Time
}

type stormClaim struct {
	key Key
	id  string
}

// Room is for a few.
func (w *storm) Room() bool { return w.promised < stormResults }

func (w *storm) Promise() bool {
	if !w.Room() {
		return false
	}
	w.promised++
	return true
}

const stormResults = 4

func (w *storm) Unpromise() { w.promised-- }

func (w *storm) Result(r *pb.CommandResult) {
	w.promised--
	w.Answer(r)
}

// Answer notes an end.
func (w *storm) Answer(r *pb.CommandResult) {
	c := w.commands[r.Id]
	c.results[fmt.Sprint(r.Outcome, r.Reason, r.EndedNs)] = true
	switch {
	case len(c.results) > 1:
		w.Fatalf("%s has two results: %v", r.Id, c.results)
	case !c.named && !c.claimed && !c.sole:
		w.Fatalf("%s is answered, and not claimed", r.Id)
	case r.Outcome == pb.Outcome_OUTCOME_DONE && c.posts == 0:
		w.Fatalf("%s is done, and was not posted", r.Id)
	case r.PostedNs == 0 && c.posts > 0 && r.Outcome != pb.Outcome_OUTCOME_REFUSED:
		w.Fatalf("%s was posted, and says it was not: %v", r.Id, r)
	}
}

// Settled notes that no end is owed.
func (w *storm) Settled(id string) {
	c := w.commands[id]
	if c.settled = true; !c.sole || !c.lost {
		w.Fatalf("%s is settled: %+v", id, c)
	}
}

// Claim asks Redis.
func (w *storm) Claim(key Key, id string, _ time.Duration) {
	w.claims = append(w.claims, stormClaim{key, id})
}

// publish sends a command, or one again.
func (w *storm) publish() {
	id := fmt.Sprint("c", w.rand.IntN(3)+len(w.commands)-1)
	c := &pb.Command{Id: id, TtlMs: 2000 + 1000*uint32(w.rand.IntN(5)), Action: &pb.Command_Unlock{Unlock: &pb.Unlock{Door: 1}}}
	if w.rand.IntN(2) == 0 {
		c.LeaseEpoch = w.lease
	}
	born := w.now.Add(-time.Duration(w.rand.IntN(3000)) * time.Millisecond)
	if known := w.commands[id]; known != nil {
		if known.sole || w.now.After(known.until.Add(keepMargin)) {
			return // it is not given twice, and ids are not used again
		}
		c = known.sent
		born = known.born
	} else {
		w.commands[id] = &stormCommand{until: born.Add(time.Duration(c.TtlMs) * time.Millisecond), results: map[string]bool{},
			named: c.LeaseEpoch != 0, sole: w.rand.IntN(3) == 0, sent: c, born: born}
	}
	if w.commands[id].sole {
		w.table.SoleCommand(w.now, serial, c, born)
		return
	}
	w.table.Command(w.now, serial, c, born)
}

// decide is Redis: the first who asks wins.
func (w *storm) decide() {
	if len(w.claims) == 0 {
		return
	}
	c := w.claims[0]
	w.claims = w.claims[1:]
	switch w.rand.IntN(5) {
	case 0:
		w.commands[c.id].lost = true
		w.table.Claimed(w.now, c.key, c.id, false, nil)
	case 1:
		w.table.Claimed(w.now, c.key, c.id, false, errors.New("away"))
	default:
		won := !w.commands[c.id].claimed && !w.commands[c.id].lost
		w.commands[c.id].claimed = w.commands[c.id].claimed || won
		w.table.Claimed(w.now, c.key, c.id, won, nil)
	}
}

// watch sees a post.
func (w *storm) watch(p *Post) {
	if p.wish == nil {
		w.reserves(p)
		return
	}
	c := w.commands[p.wish.id]
	if c.posts++; c.posts > 1 {
		w.Fatalf("%s is posted twice", p.wish.id)
	}
	if w.now.After(c.until) {
		w.Fatalf("%s is posted at %v, good until %v", p.wish.id, w.now, c.until)
	}
	if !c.named && !c.claimed {
		w.Fatalf("%s is posted, and not claimed", p.wish.id)
	}
	if _, ok := p.Command.Action.(scp.Unlock); !ok {
		w.Fatalf("%s is %v", p.wish.id, p.Command)
	}
}

// ends fails when something that was taken on has no result.
func (w *storm) ends() {
	for id, c := range w.commands {
		if c.posts > 0 && len(c.results) == 0 {
			w.Fatalf("%s was posted, and has no result", id)
		}
		if c.sole && len(c.results) == 0 && !c.settled {
			w.Fatalf("%s was given to this process alone, and has no end", id)
		}
	}
	if n := w.table.counts.Open.Load(); n != 0 || w.promised != 0 {
		w.Fatalf("%d sequences are open, %d results are promised", n, w.promised)
	}
}
