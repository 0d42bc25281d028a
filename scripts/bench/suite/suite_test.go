package suite_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"mercury-driver/scripts/bench/figure"
	"mercury-driver/scripts/bench/stage"
	"mercury-driver/scripts/bench/suite"
)

func bench(name string, err error) suite.Bench {
	return suite.Bench{Name: name, Rows: []*figure.Row{{Name: name, Budget: figure.AtLeast(0.5)}},
		Run: func(*stage.Stage, time.Duration) ([]figure.Pair, error) {
			return []figure.Pair{{Ours: 1, Limit: 1}}, err
		}}
}

// What can't be measured is out of its budget, and named; all others are measured as often as was asked.
func TestOneThatFailsKeepsNoneOfTheOthers(t *testing.T) {
	benches := []suite.Bench{bench("broken", errors.New("no panels")), bench("sound", nil)}
	stages := func() (*stage.Stage, error) { return stage.New(t.Context(), stage.Programs(t.TempDir())) }
	err := suite.Play(t.Context(), benches, 3, time.Second, stages, io.Discard)
	if err == nil || strings.Count(err.Error(), "broken: no panels") != 3 {
		t.Errorf("it says %v", err)
	}
	broken, sound := benches[0].Rows[0], benches[1].Rows[0]
	if !broken.Fails() || sound.Fails() || len(sound.Ours) != 3 {
		t.Errorf("broken fails: %t, sound fails: %t, with %d figures", broken.Fails(), sound.Fails(), len(sound.Ours))
	}
}

func TestAnEndedContextEndsIt(t *testing.T) {
	ctx, end := context.WithCancel(t.Context())
	sound := bench("sound", nil)
	stages := func() (*stage.Stage, error) { end(); return stage.New(t.Context(), stage.Programs(t.TempDir())) }
	err := suite.Play(ctx, []suite.Bench{sound}, 3, time.Second, stages, io.Discard)
	if !errors.Is(err, context.Canceled) || len(sound.Rows[0].Ours) != 1 {
		t.Errorf("%v, %d figures", err, len(sound.Rows[0].Ours))
	}
}
