//go:build !mpl

package cvendor_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mercury-driver/cvendor"
	"mercury-driver/cvendor/scp"
)

func TestPostAndReply(t *testing.T) {
	s := open(t)
	p := s.dial(61364)
	for range 3 {
		tag := s.post(p, scp.Unlock{Door: 1})
		if m := s.next(scp.CommandReply); m.Tag != tag || m.Result != scp.ReplyOK || m.SCP != p.number || m.Attachment != p.attachment {
			t.Errorf("the reply to %d is %+v", tag, m)
		}
	}
}

// A number that is given out again belongs to the next controller alone.
func TestPostReachesOneAttachment(t *testing.T) {
	s := open(t)
	first := s.dial(61364)
	first.hangUp()
	offline := s.next(scp.CommOffline)
	if offline.SCP != first.number || offline.Attachment != first.attachment {
		t.Errorf("comm_offline is %+v", offline)
	}
	s.refuses(first, scp.Unlock{Door: 1}, 0, scp.Gone)

	second := s.dial(70001)
	if second.number != first.number || second.attachment != first.attachment+1 {
		t.Fatalf("scp %d, attachment %d came after scp %d, attachment %d", second.number, second.attachment,
			first.number, first.attachment)
	}
	err := s.refuses(first, scp.Unlock{Door: 1}, 0, scp.Gone)
	if want := "post unlock to scp 0: gone: that attachment has ended"; err.Error() != want {
		t.Errorf("the error is %q, want %q", err, want)
	}
	s.post(second, scp.Unlock{Door: 1})
	s.next(scp.CommandReply)

	_, err = s.Post(second.attachment+1, scp.Command{Target: second.number, Action: scp.Unlock{Door: 1}}, scp.Terms{})
	if !errors.Is(err, &scp.Error{Code: scp.Gone}) {
		t.Errorf("an attachment to come: %v", err)
	}
}

func TestPostBeforeTheFirstAttachment(t *testing.T) {
	s := open(t)
	for _, attachment := range []uint32{0, 1, math.MaxUint32} {
		_, err := s.Post(attachment, scp.Command{Target: math.MaxInt16, Action: scp.Unlock{Door: 1}}, scp.Terms{})
		if !errors.Is(err, &scp.Error{Code: scp.Gone}) {
			t.Errorf("attachment %d of a number that was never given out: %v", attachment, err)
		}
	}
}

func TestPostThatIsTooLate(t *testing.T) {
	s := open(t)
	p := s.dial(61364)
	unlock := scp.Command{Target: p.number, Action: scp.Unlock{Door: 1}}
	_, err := s.Post(p.attachment, unlock, scp.Terms{Until: time.Now().Add(-time.Millisecond)})
	if !errors.Is(err, &scp.Error{Code: scp.Late}) {
		t.Errorf("a millisecond late: %v", err)
	}
	if n, err := s.Drain(s.batch[:], 30*time.Millisecond, true); n != 0 || err != nil {
		t.Errorf("drained %d, %v", n, err)
	}
	if _, err := s.Post(p.attachment, unlock, scp.Terms{Until: time.Now().Add(time.Minute)}); err != nil {
		t.Errorf("in time: %v", err)
	}
	s.next(scp.CommandReply)
}

func TestPostToSilentLink(t *testing.T) {
	s := open(t)
	p := s.dial(61364)
	unlock := scp.Command{Target: p.number, Action: scp.Unlock{Door: 1}}
	if _, err := s.Post(p.attachment, unlock, scp.Terms{MaxSilence: time.Hour}); err != nil {
		t.Fatal(err)
	}
	s.next(scp.CommandReply)
	p.mute()
	if n, err := s.Drain(s.batch[:], 30*time.Millisecond, true); n != 0 || err != nil {
		t.Fatalf("drained %d, %v", n, err)
	}
	heard := len(p.lines())
	err := s.refuses(p, unlock.Action, 10*time.Millisecond, scp.Stale)
	if want := "post unlock to scp 0: link silent: nothing heard for "; !strings.HasPrefix(err.Error(), want) {
		t.Errorf("the error is %q, want %q", err, want)
	}
	s.post(p, scp.Status{}) // which does not ask, and is all that the panel hears
	p.awaitLines(heard + 1)
	if lines := p.lines(); lines[heard] != "9030 0" {
		t.Errorf("the panel was told %q", lines[heard:])
	}
}

func TestChannelIsRefused(t *testing.T) {
	s := open(t)
	for _, test := range []struct {
		name string
		cmd  scp.Command
		want string
	}{
		{"opened twice", scp.Command{Target: channel, Action: scp.OpenChannel{Port: 1}},
			"open channel 0 on port 1: refused: channel 0 is open already"},
		{"closed when it was not open", scp.Command{Target: 3, Action: scp.CloseChannel{}},
			"close channel 3: refused: channel 3 is not open"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := s.Post(0, test.cmd, scp.Terms{}); err == nil || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

func TestMalformedIsNotPosted(t *testing.T) {
	s := open(t)
	p := s.dial(61364)
	for _, test := range []struct {
		name string
		cmd  scp.Command
		want string
	}{
		{"no action", scp.Command{Target: p.number}, "post a command: malformed: it has no action"},
		{"a number below 0", scp.Command{Target: -1, Action: scp.Unlock{Door: 1}},
			"post unlock to scp -1: read command line: malformed: unlock: a number out of its range"},
		{"another command behind a firmware version", scp.Command{Target: p.number, Action: scp.Firmware{Version: "1\n311 0 1"}},
			"post firmware to scp 0: read command line: malformed: firmware: no firmware version"},
		{"a NUL", scp.Command{Target: p.number, Action: scp.Firmware{Version: "1\x00"}},
			"post firmware to scp 0: read command line: malformed: firmware: no firmware version"},
		{"a long line", scp.Command{Target: p.number, Action: scp.Firmware{Version: strings.Repeat("1", 1000)}},
			"post firmware to scp 0: read command line: malformed: a line of more than 255 bytes"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := s.Post(p.attachment, test.cmd, scp.Terms{})
			if !errors.Is(err, &scp.Error{Code: scp.Malformed}) || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
	if n, err := s.Drain(s.batch[:], 20*time.Millisecond, true); n != 0 || err != nil {
		t.Errorf("%d messages came, %v", n, err)
	}
}

// While one thread waits in the library, another posts all the time. Were a post to wait for the wait, one would in
// every round; a busy machine holds one up in some.
func TestPostWhileDrainWaits(t *testing.T) {
	s := open(t)
	p := s.dial(61364)
	const rounds = 20
	for range rounds {
		if longestPost(t, s, p) < cvendor.MaxWait/2 {
			return
		}
	}
	t.Errorf("in each of %d waits of %v a post waited too", rounds, cvendor.MaxWait)
}

// longestPost drains once, with a full wait, and returns how long the slowest post took meanwhile.
func longestPost(t *testing.T, s *site, p *panel) (longest time.Duration) {
	t.Helper()
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		if n, err := s.Drain(s.batch[:], cvendor.MaxWait, true); n != 0 || err != nil {
			t.Errorf("drained %d, %v", n, err)
		}
	}()
	for {
		select {
		case <-drained:
			return longest
		default:
		}
		began := time.Now()
		_, err := s.Post(p.attachment-1, scp.Command{Target: p.number, Action: scp.Unlock{Door: 1}}, scp.Terms{})
		if !errors.Is(err, &scp.Error{Code: scp.Gone}) {
			t.Error(err)
			<-drained
			return longest
		}
		longest = max(longest, time.Since(began))
	}
}

// Twenty threads post to few controllers while one drains: the simulator ends the process when posts for
// one controller overlap, and every post is answered under the tag that its thread was given.
func TestParallelPosts(t *testing.T) {
	s := open(t)
	const threads, posts, panels, unanswered = 20, 200, 4, 32
	var at [panels]*panel
	byNumber := map[int16]int{}
	var given, answered [panels]atomic.Uint64 // sums of tags
	var open [panels]chan struct{}            // commands unanswered
	for i := range at {
		at[i], open[i] = s.dial(uint64(70_001+i)), make(chan struct{}, unanswered)
		byNumber[at[i].number] = i
	}
	var posting sync.WaitGroup
	for thread := range threads {
		posting.Go(func() {
			for n := range posts {
				i := (thread + n) % panels
				open[i] <- struct{}{}
				tag, err := s.Post(at[i].attachment, scp.Command{Target: at[i].number, Action: scp.MaskInput{Input: 1}}, scp.Terms{MaxSilence: time.Minute})
				if err != nil {
					t.Error(err)
				}
				given[i].Add(uint64(tag))
			}
		})
	}
	for range threads * posts {
		m := s.next(scp.CommandReply)
		i := byNumber[m.SCP]
		answered[i].Add(uint64(m.Tag))
		<-open[i]
	}
	posting.Wait()
	const each = uint64(threads * posts / panels)
	for i := range at {
		if want := each * (each + 1) / 2; given[i].Load() != want || answered[i].Load() != want {
			t.Errorf("panel %d: tags given sum up to %d, answered to %d, want %d", i, given[i].Load(), answered[i].Load(), want)
		}
	}
}

// Controllers come and go under one number, while threads go on posting to each that was there, with
// its serial as the door.
func TestPostNeverReachesALaterAttachment(t *testing.T) {
	s := open(t)
	const panels = 10
	var at [panels]*panel
	var posting sync.WaitGroup
	var enough atomic.Bool
	for i := range at {
		p := s.dial(uint64(i + 1))
		at[i] = p
		posting.Go(func() {
			for !enough.Load() {
				_, _ = s.Post(p.attachment, scp.Command{Target: p.number, Action: scp.Unlock{Door: uint32(p.Serial)}}, scp.Terms{})
			}
		})
		for range 10 {
			s.next(scp.CommandReply)
		}
		p.conn.Close()
		for n := 0; n == 0 || s.batch[0].Kind != scp.CommOffline; {
			n, _ = s.Drain(s.batch[:1], time.Second, false)
		}
	}
	enough.Store(true)
	posting.Wait()
	for _, p := range at {
		p.hangUp()
		if p.number != at[0].number {
			t.Fatalf("controller %d has scp %d, not the same as those before", p.Serial, p.number)
		}
		for _, line := range p.lines() {
			if want := fmt.Sprintf("311 %d %d", p.number, p.Serial); line != want {
				t.Fatalf("controller %d was told %q", p.Serial, line)
			}
		}
	}
}
