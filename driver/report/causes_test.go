package report

import (
	"errors"
	"fmt"
	"testing"
)

func TestEachCauseIsNewsOnce(t *testing.T) {
	var c Causes
	for _, attempt := range []struct {
		err  string
		news bool
	}{
		{"read tcp 127.0.0.1:41234: connection refused", true},
		{"read tcp 127.0.0.1:41235: connection refused", false},
		{"user off is not taken by Redis: it is off (ping: WRONGPASS)", true},
		{"user off is not taken by Redis: it is off (subscribe to 1 channels: WRONGPASS)", false},
		{"user off is not taken (by Redis)", true},
	} {
		if news := c.News(errors.New(attempt.err)); news != attempt.news {
			t.Errorf("%q is news: %v", attempt.err, news)
		}
	}
	c.Over()
	if !c.News(errors.New("read tcp 127.0.0.1:41234: connection refused")) {
		t.Error("it is no news in the next outage")
	}
	for i := range 2 * mostCauses {
		if news := c.News(fmt.Errorf("cause %c", 'a'+i)); news != (i < mostCauses-1) {
			t.Errorf("cause %d is news: %v", i, news)
		}
	}
}
