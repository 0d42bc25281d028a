package controller

import (
	"testing"
	"time"

	"mercury-driver/cvendor/scp"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// onDisk is a spool that holds everything of the test's log up to an index.
type onDisk uint64

func (d onDisk) Through(_ uint64, epoch uint32, index uint64) uint64 {
	if epoch == testEpoch {
		return max(index, uint64(d))
	}
	return index
}

// The vendor app gets from disk what the controller would have to say again, and may have forgotten.
func TestLogBeginsBehindWhatIsOnDisk(t *testing.T) {
	r := newRig(t, able)
	r.table.ports.Spool = onDisk(30)
	r.attach(first, 25, 40)
	r.grant(first, testLease, testEpoch, 10)
	r.answer(first, "9003 4", scp.ReplyOK)
	r.wantLines("9003 4", "9021 4 3 31")
	if gaps := r.gaps(); len(gaps) > 0 {
		t.Errorf("gaps %v", gaps)
	}
}

// What is on disk may be forgotten by the controller though the vendor app is away for so long that the lease ran
// out; without a spool nothing moves then, nor under a lease that was revoked.
func TestLogMovesUnderALapsedLeaseWhereThereIsASpool(t *testing.T) {
	for name, test := range map[string]struct {
		spool   Spool
		revoked bool
		want    []string
	}{
		"spool":          {onDisk(0), false, []string{"9022 4 3 24", "9020 4 3 8"}},
		"none":           {nil, false, nil},
		"spool, revoked": {onDisk(0), true, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, able)
			r.table.ports.Spool = test.spool
			r.serve()
			r.logs(1, 8)
			r.now = r.now.Add(2 * time.Hour)
			if r.table.ofSerial(serial).current(r.now) {
				t.Fatal("the lease runs")
			}
			if test.revoked {
				r.table.Revoked(r.now, &pb.LeaseRevoke{Serial: serial, LeaseEpoch: testLease})
			}
			r.stored(testEpoch, 8)
			for _, line := range test.want {
				r.answer(first, line, scp.ReplyOK)
			}
			r.wantLines(test.want...)
		})
	}
}
