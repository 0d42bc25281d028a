package core

import (
	"testing"

	"mercury-driver/cvendor/scp"
)

func TestWindow(t *testing.T) {
	report := func(index uint64) scp.Action {
		return scp.LogReport{LogPosition: scp.LogPosition{Epoch: 3, Index: index}}
	}
	type step struct {
		post   scp.Action // nil: a reply
		tag    uint32
		refuse bool
	}
	for name, c := range map[string]struct {
		steps  []step
		within []uint64
		beyond []uint64
	}{
		"nothing told":        {nil, nil, []uint64{1}},
		"told":                {[]step{{report(10), 1, false}}, []uint64{1, 10}, []uint64{11}},
		"confirmed":           {[]step{{report(10), 1, false}, {tag: 1}}, []uint64{1, 10}, []uint64{11}},
		"refused":             {[]step{{report(10), 1, false}, {tag: 1, refuse: true}}, nil, []uint64{1}},
		"refused, so the old": {[]step{{report(10), 1, false}, {tag: 1}, {report(20), 2, false}, {tag: 2, refuse: true}}, []uint64{10}, []uint64{11}},
		"raised":              {[]step{{report(10), 1, false}, {tag: 1}, {report(20), 2, false}}, []uint64{20}, []uint64{21}},
		"lowered, on its way": {[]step{{report(20), 1, false}, {tag: 1}, {report(10), 2, false}}, []uint64{20}, []uint64{21}},
		"lowered":             {[]step{{report(20), 1, false}, {tag: 1}, {report(10), 2, false}, {tag: 2}}, []uint64{10}, []uint64{11}},
		"reply lost":          {[]step{{report(10), 1, false}, {scp.Status{}, 2, false}, {tag: 2}}, []uint64{10}, []uint64{11}},
		"resumed, no bound":   {[]step{{scp.LogResume{}, 1, false}, {tag: 1}}, []uint64{1 << 40}, nil},
		"resume reply lost":   {[]step{{scp.LogResume{}, 1, false}, {scp.Status{}, 2, false}, {tag: 2}}, []uint64{1 << 40}, nil},
		"resumed, bound":      {[]step{{report(10), 1, false}, {tag: 1}, {scp.LogResume{}, 2, false}, {tag: 2}}, []uint64{10}, []uint64{11}},
		"bound after all":     {[]step{{scp.LogResume{}, 1, false}, {tag: 1}, {report(10), 2, false}, {tag: 2}}, []uint64{10}, []uint64{11}},
	} {
		t.Run(name, func(t *testing.T) {
			var w window
			for _, s := range c.steps {
				if s.post != nil {
					w.posted(s.tag, s.post)
				} else {
					w.answered(s.tag, !s.refuse)
				}
			}
			for _, index := range c.within {
				if !w.holds(3, index) {
					t.Errorf("%d is beyond", index)
				}
			}
			for _, index := range c.beyond {
				if w.holds(3, index) {
					t.Errorf("%d is within", index)
				}
			}
			if w.holds(4, 1) && !w.limit.unbounded {
				t.Error("so is another log epoch")
			}
		})
	}
}

func TestReportBeyondTheWindowEndsTheLink(t *testing.T) {
	s := newStage(t, Options{})
	p, other := s.online(1), s.online(2)
	s.accepted("9022 0 3 256", "9022 1 3 256")
	p.says(reply(1, scp.ReplyOK))
	p.says(transaction(3, 256))
	s.sees(scp.CommandReply, scp.DoorPosition)
	p.says(transaction(3, 257))
	if m := s.sees(scp.CommOffline); m.Text != "reported beyond its window: 3/257" || s.Counts().Overruns != 1 {
		t.Errorf("%q, %+v", m.Text, s.Counts())
	}
	other.says(transaction(3, 1))
	s.sees(scp.DoorPosition)
}

func TestUnansweredBoundsAreBounded(t *testing.T) {
	s := newStage(t, Options{})
	p := s.online(1)
	for range maxTold {
		s.accepted("9022 0 3 256")
	}
	s.refused("9022 0 3 512", "link congested")
	p.says(reply(maxTold, scp.ReplyOK))
	s.accepted("9022 0 3 512")
}
