package panel

import (
	"slices"
	"testing"

	"mercury-driver/cvendor/scp"
)

func ack(index uint64) scp.Action {
	return scp.LogAcknowledge{LogPosition: scp.LogPosition{Epoch: 1, Index: index}}
}
func rewind(index uint64) scp.Action {
	return scp.LogRewind{LogPosition: scp.LogPosition{Epoch: 1, Index: index}}
}
func upTo(index uint64) scp.Action {
	return scp.LogReport{LogPosition: scp.LogPosition{Epoch: 1, Index: index}}
}

// A panel with ten entries, of which its boot is the first, in a log of eight: it holds 3 to 10.
func TestReporting(t *testing.T) {
	for _, tc := range []struct {
		name string
		told []scp.Action
		want []uint64
	}{
		{"nothing until it is told", nil, nil},
		{"up to an index", []scp.Action{upTo(5)}, []uint64{3, 4, 5}},
		{"a bound before the oldest", []scp.Action{upTo(2)}, nil},
		{"a bound beyond the newest", []scp.Action{upTo(100)}, []uint64{3, 4, 5, 6, 7, 8, 9, 10}},
		{"a bound of another epoch", []scp.Action{
			scp.LogReport{LogPosition: scp.LogPosition{Epoch: 2, Index: 5}}}, nil},
		{"resumed without a bound", []scp.Action{scp.LogResume{}}, []uint64{3, 4, 5, 6, 7, 8, 9, 10}},
		{"paused", []scp.Action{upTo(5), scp.LogPause{}}, nil},
		{"resumed within its bound", []scp.Action{upTo(4), scp.LogPause{}, scp.LogResume{}}, []uint64{3, 4}},
		{"a new bound resumes too", []scp.Action{scp.LogPause{}, upTo(3)}, []uint64{3}},
		{"from a rewind on", []scp.Action{rewind(9), upTo(100)}, []uint64{9, 10}},
		{"rewound behind the newest", []scp.Action{rewind(11), upTo(100)}, nil},
		{"rewound to what is gone", []scp.Action{rewind(1), upTo(4)}, []uint64{3, 4}},
		{"acknowledged is not unread", []scp.Action{ack(8), upTo(100)}, []uint64{3, 4, 5, 6, 7, 8, 9, 10}},
		{"acknowledged, and rewound to", []scp.Action{ack(8), rewind(7), upTo(100)}, []uint64{7, 8, 9, 10}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := newBench(func(o *Options) { o.LogCapacity = 8 })
			for range 9 {
				p.Swipe(1, nobody)
			}
			for _, a := range tc.told {
				p.Execute(1, scp.Command{Action: a})
			}
			if got := indexes(p.drain()); !slices.Equal(got, tc.want) {
				t.Errorf("reported %v, want %v", got, tc.want)
			}
		})
	}
}

func indexes(sent []scp.Message) (list []uint64) {
	for _, m := range sent {
		if m.Kind.Transaction() {
			list = append(list, m.Index)
		}
	}
	return list
}

func TestReportingIsLiveWithinItsBound(t *testing.T) {
	p := newBench()
	p.do(upTo(3))
	for want := uint64(2); want <= 5; want++ {
		p.Swipe(1, nobody)
		got := indexes(p.drain())
		if reported := len(got) == 1 && got[0] == want; reported != (want <= 3) {
			t.Errorf("after entry %d: reported %v", want, got)
		}
	}
	p.Execute(1, scp.Command{Action: upTo(4)})
	if got := indexes(p.drain()); !slices.Equal(got, []uint64{4}) {
		t.Errorf("reported %v, want 4", got)
	}
}

func TestALinkBeginsBehindTheAcknowledged(t *testing.T) {
	p := newBench()
	p.Swipe(1, nobody)
	p.Swipe(1, nobody)
	p.do(upTo(100), ack(2))
	p.LinkDown()
	if _, ok := p.Next(); ok {
		t.Error("speaks without a link")
	}
	p.LinkUp()
	if sent := p.drain(); sent != nil {
		t.Errorf("a new link reports %+v before it is told to", sent)
	}
	p.Execute(1, scp.Command{Action: upTo(100)})
	if got := indexes(p.drain()); !slices.Equal(got, []uint64{3}) {
		t.Errorf("reported %v, want 3", got)
	}
}

// No transaction of before a rewind or a pause comes after their reply.
func TestRepliesAreInOrderWithTransactions(t *testing.T) {
	p := newBench()
	for range 5 {
		p.Swipe(1, nobody)
	}
	p.Execute(1, scp.Command{Action: upTo(100)})
	p.Next() // the reply
	p.Next() // 1
	p.Execute(2, scp.Command{Action: rewind(6)})
	p.Execute(3, scp.Command{Action: scp.LogPause{}})
	p.Swipe(1, nobody)
	var got []uint32
	for _, m := range p.drain() {
		got = append(got, m.Tag)
	}
	if !slices.Equal(got, []uint32{2, 3}) {
		t.Errorf("sent %v, want the replies 2 and 3", got)
	}
}

func TestNearFullIsToldOnceAFilling(t *testing.T) {
	p := newBench(func(o *Options) { o.LogCapacity = 10 })
	fills := func() (unread []uint32) {
		for _, m := range p.drain() {
			if m.Kind == scp.LogNearFull {
				unread = append(unread, m.Log.Unread)
			}
		}
		return unread
	}
	p.Execute(1, scp.Command{Action: upTo(0)})
	for _, step := range []struct {
		what string
		act  func()
		want []uint32
	}{
		{"8 of 10", func() { fillTo(p, 8) }, nil},
		{"9 of 10", func() { fillTo(p, 9) }, []uint32{9}},
		{"10 of 10", func() { fillTo(p, 10) }, nil},
		{"one acknowledged", func() { p.Execute(2, scp.Command{Action: ack(1)}) }, nil},
		{"below 90 %", func() { p.Execute(3, scp.Command{Action: ack(5)}) }, nil},
		{"filled again", func() { fillTo(p, 14) }, []uint32{9}},
		{"a new link", func() { p.LinkDown(); p.LinkUp(); p.Execute(4, scp.Command{Action: upTo(0)}) }, []uint32{9}},
	} {
		step.act()
		if got := fills(); !slices.Equal(got, step.want) {
			t.Errorf("%s: told %v, want %v", step.what, got, step.want)
		}
	}
}

func fillTo(p *bench, newest uint64) {
	for p.events.newest < newest {
		p.Swipe(1, nobody)
	}
}

// Ahead is the oracle of the host's window: what was sent beyond acknowledged.
func TestAhead(t *testing.T) {
	p := newBench(func(o *Options) { o.LogCapacity = 100 })
	for _, step := range []struct {
		what   string
		newest uint64
		told   []scp.Action
		want   uint64
	}{
		{"a window of 8", 50, []scp.Action{upTo(8)}, 8},
		{"moved with its acknowledgement", 50, []scp.Action{ack(8), upTo(16)}, 8},
		{"skipped by a rewind", 50, []scp.Action{rewind(31), upTo(38)}, 8},
		{"what is overwritten can't be acknowledged", 220, []scp.Action{upTo(128)}, 8},
		{"a breach", 220, []scp.Action{upTo(140)}, 20},
	} {
		fillTo(p, step.newest)
		if p.do(step.told...); p.Ahead() != step.want {
			t.Errorf("%s: ahead by %d, want %d", step.what, p.Ahead(), step.want)
		}
	}
	p.LinkDown()
	p.LinkUp()
	if p.Ahead() != 20 {
		t.Error("a new link forgets the breach")
	}
}

func TestTheLogGrowsOnDemand(t *testing.T) {
	p := newBench()
	if cap(p.events.entries) > 8 {
		t.Errorf("an empty log holds room for %d entries", cap(p.events.entries))
	}
}
