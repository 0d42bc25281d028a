package core_test

import (
	"testing"
	"time"

	"mercury-driver/sim/libmpl/conform"
	"mercury-driver/sim/libmpl/core"
)

// inGo is the library as the suite sees it.
type inGo struct{ *core.Library }

func (l inGo) Config(line string) (text string, accepted bool) {
	if err := l.Library.Config(line); err != nil {
		return err.Error(), false
	}
	return "", true
}

func (l inGo) LastHeard(number int16) time.Duration {
	if ago, ok := l.Library.LastHeard(number); ok {
		return ago
	}
	return -1
}

func TestConformance(t *testing.T) {
	conform.Run(t, func(t *testing.T) conform.Library {
		lib := core.New(core.Options{Breach: func(text string) { t.Error(text) }})
		t.Cleanup(lib.Close)
		return inGo{lib}
	})
}
