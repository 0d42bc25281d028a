//go:build mpl && pretend

package cvendor_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mercury-driver/cvendor"
	"mercury-driver/cvendor/scp"
)

// These tests talk to the library of testdata/mpl and its one pretend controller. TestMakersLibrary
// builds and runs them; with any other library they have nothing to say, so they have a tag of their own.

const (
	openPort  = 5001
	takenPort = 65535 // the pretend library refuses it
	logSize   = 300
	second    = int64(time.Second)
	born      = 1_700_000_000 * second
)

// site is an open library and the controller attached to it.
type site struct {
	*cvendor.Library
	t          testing.TB
	attachment uint32
	batch      [cvendor.MaxBatch]scp.Message
}

func open(t testing.TB) *site {
	library, err := cvendor.Open(0)
	if err != nil {
		t.Fatal(err)
	}
	s := &site{Library: library, t: t}
	t.Cleanup(func() {
		s.post(scp.CloseChannel{})
		s.next(scp.CommOffline)
		library.Close()
	})
	s.post(scp.OpenChannel{Port: openPort})
	s.attachment = s.next(scp.CommOnline).Attachment
	s.next(scp.IdentityTold)
	return s
}

func (s *site) post(a scp.Action) (tag uint32) {
	s.t.Helper()
	tag, err := s.Post(s.attachment, scp.Command{Action: a}, scp.Terms{MaxSilence: time.Second})
	if err != nil {
		s.t.Fatal(err)
	}
	return tag
}

// next fetches messages one by one until one of that kind.
func (s *site) next(kind scp.Kind) scp.Message {
	s.t.Helper()
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); {
		if n, _ := s.Drain(s.batch[:1], cvendor.MaxWait, true); n == 1 && s.batch[0].Kind == kind {
			return s.batch[0]
		}
	}
	s.t.Fatalf("no %v came", kind)
	return scp.Message{}
}

func TestMessagesCross(t *testing.T) {
	s := open(t)
	s.post(scp.Detach{}) // so that it attaches again
	if m := s.next(scp.CommOffline); m.Text != "told to" || m.Attachment != s.attachment {
		t.Errorf("comm_offline is %+v", m)
	}
	if m := s.next(scp.CommOnline); m.Text != strings.Repeat("p", 64) || m.TLS != "1.3" || m.Time != born {
		t.Errorf("comm_online is %+v", m)
	}
	want := scp.Identity{Serial: 70001, MAC: "00aabbccddee", Model: "PM-\uFFFD-4", Firmware: "1.2.3", Readers: 4,
		Doors: 3, Inputs: 8, Outputs: 200, Cards: 100_000, LogCapacity: 50_000, Oldest: 1, Newest: logSize}
	if m := s.next(scp.IdentityTold); *m.Identity != want {
		t.Errorf("identity is %+v, want %+v", *m.Identity, want)
	}
	s.attachment++
	s.post(scp.Status{})
	if m := s.next(scp.LogStatus); m.Log.Capacity != 50_000 || m.Log.Overwritten>>40 != 1 || m.Log.Unread == 0 {
		t.Errorf("log_status is %+v", m)
	}
}

// transaction is what the pretend controller's log says at index.
func transaction(index uint64, attachment uint32) scp.Message {
	m := scp.Message{Kind: scp.PanelBoot + scp.Kind((index-1)%17), Attachment: attachment, Index: index,
		Time: born + int64(index)*second}
	switch m.Kind {
	case scp.PanelBoot:
		m.Value = 2
	case scp.AccessGranted, scp.AccessDenied, scp.UnknownCredential, scp.Duress, scp.HostDecisionRequest:
		m.Reader, m.Door, m.Card = 1, 2, 1<<62
	case scp.FirmwareProgress:
		m.Value, m.Percent = 1, 50
	default:
		m.Number, m.Active, m.Value = 250, index%2 == 1, 2
	}
	switch m.Kind {
	case scp.AccessDenied:
		m.Value = 3
	case scp.UnknownCredential:
		m.Bits = 200
	case scp.HostDecisionRequest:
		m.Request, m.Deadline = 40_000, m.Time+second
	}
	return m
}

func TestTransactionsCross(t *testing.T) {
	s := open(t)
	for _, first := range []uint64{1, 290} {
		s.post(scp.LogRewind{LogPosition: scp.LogPosition{Index: first}})
		resumed := s.post(scp.LogResume{})
		for s.next(scp.CommandReply).Tag != resumed {
		}
		for index := first; index <= logSize; {
			n, err := s.Drain(s.batch[:], 0, true)
			if err != nil || n == 0 {
				t.Fatalf("nothing came for index %d: %v", index, err)
			}
			for _, m := range s.batch[:n] {
				if m != transaction(index, s.attachment) {
					t.Fatalf("got %+v, want %+v", m, transaction(index, s.attachment))
				}
				index++
			}
		}
		s.post(scp.LogPause{})
	}
}

func TestAnswersCross(t *testing.T) {
	s := open(t)
	opened := s.post(scp.Unlock{Door: 1})
	refused := s.post(scp.Unlock{Door: 9})
	if m := s.next(scp.CommandReply); m.Tag != opened || m.Result != scp.ReplyOK || m.NAK != 0 || m.Text != "" {
		t.Errorf("the answer to an unlock is %+v", m)
	}
	if m := s.next(scp.CommandReply); m.Tag != refused || m.Result != scp.ReplyNAK || m.NAK != scp.NAKNoSuchPoint {
		t.Errorf("the answer for a door that is not there is %+v", m)
	}
}

func TestRefusals(t *testing.T) {
	s := open(t)
	_, err := s.Post(0, scp.Command{Action: scp.OpenChannel{Port: takenPort}}, scp.Terms{})
	if want := "open channel 0 on port 65535: refused"; err == nil || err.Error() != want {
		t.Errorf("a refused channel gives %v, want %s", err, want)
	}
	s.post(scp.Detach{})
	s.next(scp.CommOffline)
	_, err = s.Post(s.attachment, scp.Command{Action: scp.Unlock{Door: 1}}, scp.Terms{})
	if !errors.Is(err, &scp.Error{Code: scp.Gone}) {
		t.Errorf("a post to an attachment that ended gives %v", err)
	}
	s.next(scp.CommOnline)
	_, err = s.Post(s.attachment, scp.Command{Action: scp.Unlock{Door: 1}}, scp.Terms{})
	if !errors.Is(err, &scp.Error{Code: scp.Gone}) {
		t.Errorf("a post to the attachment before gives %v", err)
	}
}

// The pretend library ends the process when two calls meet in it.
func TestOneCallAtATime(t *testing.T) {
	s := open(t)
	const threads, posts = 8, 100
	var posting sync.WaitGroup
	for range threads {
		posting.Go(func() {
			for range posts {
				if _, err := s.Post(s.attachment, scp.Command{Action: scp.Unlock{Door: 1}}, scp.Terms{}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range threads * posts {
		s.next(scp.CommandReply)
	}
	posting.Wait()
}

// polls is how often the library was asked for a message.
func (s *site) polls() uint32 {
	s.post(scp.Status{})
	defer s.next(scp.CommandReply)
	return s.next(scp.LogStatus).Log.Unread
}

func TestPace(t *testing.T) {
	s := open(t)
	const wait = 200 * time.Millisecond
	for _, test := range []struct {
		name      string
		busy      bool
		low, high uint32
	}{
		{"idle: each 20 ms", false, 10, 15},
		{"commands are unanswered: each 1 ms", true, 200, 205},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := s.polls()
			if n, err := s.Drain(s.batch[:], wait, test.busy); n != 0 || err != nil {
				t.Fatalf("drained %d, %v", n, err)
			}
			if n := s.polls() - before; n < test.low || n > test.high {
				t.Errorf("asked %d times in %v, want %d to %d", n, wait, test.low, test.high)
			}
		})
	}
}

func TestPostEndsThePause(t *testing.T) {
	s := open(t)
	const posts = 50
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		for range posts {
			for n := 0; n == 0; {
				n, _ = s.Drain(s.batch[:], cvendor.MaxWait, false)
			}
			answered <- struct{}{}
		}
	}()
	const gathered = 8 * time.Millisecond // since then the thread does not wait for more messages, it is in its pause
	pause := time.NewTicker(gathered)
	defer pause.Stop()
	took := make([]time.Duration, posts)
	for i := range took {
		pause.Reset(gathered)
		<-pause.C
		began := time.Now()
		hurry := scp.Terms{Until: began.Add(time.Minute)}
		if _, err := s.Post(s.attachment, scp.Command{Action: scp.Unlock{Door: 1}}, hurry); err != nil {
			t.Fatal(err)
		}
		<-answered
		took[i] = time.Since(began)
	}
	<-answered
	slices.Sort(took)
	if median := took[posts/2]; median > 10*time.Millisecond {
		t.Errorf("half of %d commands took %v and more, as if they waited for a poll", posts, median)
	}
}
