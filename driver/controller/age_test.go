package controller

import (
	"fmt"
	"testing"
	"time"
	"unsafe"

	"mercury-driver/cvendor/scp"
	pb "mercury-driver/proto/mercury/driver/v1"
)

func TestAgeBound(t *testing.T) {
	tests := []struct {
		name    string
		born    time.Duration // before now
		issued  time.Duration // before now; 0 not told
		offset  time.Duration // vendor app's clock ahead of ours
		outcome string
	}{
		{"fresh", 0, 0, 0, ""},
		{"just good enough", 5 * time.Second, 0, 0, ""},
		{"too old by the connection", 5*time.Second + 1, 0, 0, "c EXPIRED"},
		{"too old by its own word", 0, 6 * time.Second, 0, "c EXPIRED"},
		{"clock ahead, in truth fresh", 0, -time.Hour, time.Hour, ""},
		{"clock ahead, in truth old", 0, -time.Hour + 6*time.Second, time.Hour, "c EXPIRED"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := newRig(t, able)
			r.serve()
			r.table.AppClock(r.now, r.now.Add(test.offset))
			c := unlock("c", testLease)
			if test.issued != 0 {
				c.IssuedAtNs = r.now.Add(-test.issued).UnixNano()
			}
			r.table.Command(r.now, serial, c, r.now.Add(-test.born))
			r.post()
			if test.outcome == "" {
				r.wantLines("311 4 1")
				r.wantResults()
				return
			}
			r.wantLines()
			r.wantResults(test.outcome)
		})
	}
}

// The wall clock of the driver's machine is set between two heartbeats: no command gets older or younger by that.
func TestWallClockThatIsSet(t *testing.T) {
	for _, step := range []time.Duration{time.Hour, -time.Hour} {
		for age, want := range map[time.Duration]string{0: "c DONE", 6 * time.Second: "c EXPIRED"} {
			t.Run(fmt.Sprint("by ", step, ", a command issued ", age, " ago"), func(t *testing.T) {
				r := newRig(t, able)
				r.now = time.Now()
				r.serve()
				r.table.AppClock(r.now, r.now.Round(0))
				c := unlock("c", testLease)
				c.IssuedAtNs = r.now.Add(-age).UnixNano()
				r.now = stepped(r.now, step)
				r.publish(c)
				if len(r.lines) > 0 {
					r.answer(first, "311 4 1", scp.ReplyOK)
				}
				r.wantResults(want)
			})
		}
	}
}

// stepped is the time as it is read after the wall clock was set on by d: only that part of it changes.
func stepped(now time.Time, d time.Duration) time.Time {
	wall := (*uint64)(unsafe.Pointer(&now)) // beside the monotonic part: a flag, seconds, 30 bits of nanoseconds
	*wall += uint64(d/time.Second) << 30
	return now
}

func TestStepped(t *testing.T) {
	now := time.Now()
	for _, d := range []time.Duration{time.Hour, -time.Hour} {
		if set := stepped(now, d); set.Sub(now) != 0 || set.UnixNano()-now.UnixNano() != int64(d) {
			t.Fatalf("%v became %v", now, set)
		}
	}
}

func TestAgeIsCheckedAgainRightBeforeTheLibraryCall(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	r.table.Command(r.now, serial, unlock("c", testLease), r.now)
	r.now = r.now.Add(5*time.Second + 1) // no thread had time for it
	r.post()
	r.wantLines()
	r.wantResults("c EXPIRED")
}

func TestInitialCommandsAgeWhileTheControllerConfirms(t *testing.T) {
	r := newRig(t, able)
	r.attach(first, 1, 0)
	asked := r.now
	r.now = r.now.Add(2 * time.Second) // on its way
	r.table.Admitted(r.now, first, &pb.AdmitResponse{Verdict: &pb.AdmitResponse_Admitted{Admitted: &pb.Admitted{
		LeaseEpoch: testLease, InitialCommands: []*pb.Command{unlock("c", 0)}}}}, asked, nil)
	r.post()
	r.pass(3*time.Second + 1)
	r.answer(first, "9003 4", scp.ReplyOK)
	r.wantLines("9003 4", "9021 4 3 1")
	r.wantResults("c EXPIRED")
}

func TestCommandInTheQueueExpires(t *testing.T) {
	r := newRig(t, able)
	r.serve()
	for i := range 4 {
		r.command(fmt.Sprint("c", i), uint32(i+1))
	}
	r.wantLines("311 4 1", "311 4 2") // two sequences at a time
	r.pass(5*time.Second + time.Millisecond)
	r.wantResults("c2 EXPIRED", "c3 EXPIRED")
	r.wantLines()
	r.pass(2 * time.Second)
	if len(r.results) != 2 || r.results[0].Outcome != pb.Outcome_OUTCOME_UNKNOWN {
		t.Errorf("results %v", r.results)
	}
	r.wantLines("9033 4") // what may still be on its way is discarded
}
