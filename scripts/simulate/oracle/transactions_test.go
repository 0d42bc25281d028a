package oracle

import (
	"strings"
	"testing"
	"time"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// wrapped is a world with one panel, that has 43 to 50 left of its log. Its processes have spools.
type wrapped struct{}

func (wrapped) Now() time.Duration                                       { return 0 }
func (wrapped) Holds(uint64) (epoch uint32, oldest, newest uint64)       { return 1, 43, 50 }
func (wrapped) Stood(string, time.Duration, time.Duration) time.Duration { return 0 }
func (wrapped) Lives(string) bool                                        { return true }
func (wrapped) Spools() bool                                             { return true }

// What a process has on its disk is not lost because another one, which does not know that, can't have it any more.
func TestOnDisk(t *testing.T) {
	gap := Gap{Serial: 61364, Epoch: 1, First: 40, Last: 42}
	spooled := func(o *Oracle) { o.Spooled([]*pb.LogPosition{{Serial: 61364, LogEpoch: 1, Index: 42}}) }
	missing := func(o *Oracle) { o.Missing(gap) }
	stored := func(o *Oracle) { o.StoredGap(gap) }
	handed := func(o *Oracle) {
		for i := uint64(40); i <= 42; i++ {
			o.Stored(Name{61364, 1, i}, "power", 1)
		}
	}
	for name, c := range map[string]struct {
		happens []func(*Oracle)
		fault   string // "": none
	}{
		"reported missing, and handed on":          {[]func(*Oracle){spooled, missing, stored, handed}, ""},
		"reported missing, and lost":               {[]func(*Oracle){spooled, missing, stored}, "transaction 40 of log 1 of panel 61364 was on a disk"},
		"lost":                                     {[]func(*Oracle){spooled}, "transaction 40 of log 1 of panel 61364 was on a disk"},
		"told to be missing before, so on no disk": {[]func(*Oracle){missing, spooled, stored}, ""},
		"on no disk":                               {[]func(*Oracle){missing, stored}, ""},
		"on no disk, and nobody says so":           {nil, "nobody said so"},
	} {
		t.Run(name, func(t *testing.T) {
			o := New(wrapped{})
			for i := uint64(1); i <= 50; i++ {
				o.Logged(Name{61364, 1, i}, "power", 1)
				if i < 40 || i > 42 {
					o.Stored(Name{61364, 1, i}, "power", 1)
				}
			}
			o.transactions.spooled[logID{61364, 1}] = 39
			for _, happens := range c.happens {
				happens(o)
			}
			o.JudgeTransactions()
			found := strings.Join(o.Faults(), "; ")
			if c.fault == "" && found != "" || !strings.Contains(found, c.fault) {
				t.Errorf("found %q, want %q", found, c.fault)
			}
		})
	}
}
