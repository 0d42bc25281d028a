//go:build !mpl

package cvendor_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"mercury-driver/cvendor"
	"mercury-driver/cvendor/scp"
	"mercury-driver/sim/libmpl/conform"
)

// seam is the library as the suite sees it, reached through the C functions in this binary. It knows of
// the attachments and tags what it is told, as a driver would.
type seam struct {
	*cvendor.Library
	t           *testing.T
	attachments map[int16]uint32
	tags        map[int16]uint32
	waited      []scp.Message // what Wait fetched
}

// Config posts a line. One that the header does not allow ends here: the seam would not let it through.
func (s *seam) Config(line string) (text string, accepted bool) {
	cmd, err := scp.ParseCommand(line)
	if err != nil {
		return err.Error(), false
	}
	tag, err := s.Post(s.attachments[cmd.Target], cmd, scp.Terms{})
	switch {
	case errors.Is(err, &scp.Error{Code: scp.Gone}):
		return "no controller: " + err.Error(), false
	case err != nil:
		return err.Error(), false
	case tag != 0:
		s.tags[cmd.Target] = tag
	}
	return "", true
}

func (s *seam) GetMessage(_ int16, m *scp.Message) bool {
	if len(s.waited) == 0 {
		s.drain(0)
	}
	if len(s.waited) == 0 {
		return false
	}
	*m, s.waited = s.waited[0], s.waited[1:]
	return true
}

func (s *seam) Wait(_ int16, timeout time.Duration) bool {
	for deadline := time.Now().Add(timeout); len(s.waited) == 0 && time.Now().Before(deadline); {
		s.drain(time.Until(deadline))
	}
	return len(s.waited) > 0
}

// drain fetches one message: a number is the suite's to use until it has seen the controller's end.
func (s *seam) drain(timeout time.Duration) {
	var batch [1]scp.Message
	n, err := s.Drain(batch[:], timeout, false)
	if err != nil {
		s.t.Fatal(err)
	}
	if n == 1 && batch[0].Kind == scp.CommOnline {
		s.attachments[batch[0].SCP] = batch[0].Attachment
	}
	s.waited = append(s.waited, batch[:n]...)
}

func (s *seam) LastTag(number int16) uint32 { return s.tags[number] }

// LastHeard is what keeps a door from being moved: the silence that the refusal of a post names. A link
// that was heard from within a millisecond gets the post.
func (s *seam) LastHeard(number int16) time.Duration {
	s.t.Helper()
	_, err := s.Post(s.attachments[number], scp.Command{Target: number, Action: scp.Status{}}, scp.Terms{MaxSilence: time.Millisecond})
	switch silent := (*scp.Error)(nil); {
	case err == nil:
		return 0
	case errors.Is(err, &scp.Error{Code: scp.Gone}):
		return -1
	case errors.As(err, &silent) && silent.Code == scp.Stale:
		silence, err := time.ParseDuration(strings.TrimPrefix(silent.Text, "nothing heard for "))
		if err != nil {
			s.t.Fatal(err)
		}
		return silence
	}
	s.t.Fatal(err)
	return 0
}

func TestConformance(t *testing.T) {
	conform.Run(t, func(t *testing.T) conform.Library {
		library, err := cvendor.Open(channel)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(library.Close)
		return &seam{Library: library, t: t, attachments: map[int16]uint32{}, tags: map[int16]uint32{}}
	})
}
