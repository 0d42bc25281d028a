// Package suite is what a benchmark is, and how several of them are run in turns.
package suite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"mercury-driver/scripts/bench/figure"
	"mercury-driver/scripts/bench/stage"
)

// Bench is one thing that is measured.
type Bench struct {
	Name string
	Rows []*figure.Row // what a run fills
	// Series are those of the rows that the chart shows as a line.
	Series []*figure.Series
	// Run measures ours and the limit, one after the other on one stage, and returns a pair a row. long says how long a
	// steady load is measured.
	Run func(s *stage.Stage, long time.Duration) ([]figure.Pair, error)
	// Brief says that it is part of the short form.
	Brief bool
}

// Play runs all of them so often, in turns, so that what disturbs the machine disturbs all alike. One that can't be
// measured leaves its rows without a figure, and does not keep the others from theirs; the error names all such. The end
// of ctx ends it.
func Play(ctx context.Context, benches []Bench, runs int, long time.Duration, stages func() (*stage.Stage, error),
	progress io.Writer) (failed error) {
	for run := range runs {
		for _, b := range benches {
			fmt.Fprintf(progress, "run %d of %d: %s, ", run+1, runs, b.Name)
			began, came := time.Now(), "measured"
			if err := b.once(long, stages); err != nil {
				failed = errors.Join(failed, fmt.Errorf("%s: %w", b.Name, err))
				came = err.Error()
			}
			fmt.Fprintf(progress, "%.0f s: %s\n", time.Since(began).Seconds(), came)
			if err := ctx.Err(); err != nil {
				return errors.Join(failed, err)
			}
		}
	}
	return failed
}

func (b Bench) once(long time.Duration, stages func() (*stage.Stage, error)) error {
	s, err := stages()
	if err != nil {
		return err
	}
	pairs, err := b.Run(s, long)
	if err == nil && len(pairs) != len(b.Rows) {
		err = fmt.Errorf("%d figures for %d rows", len(pairs), len(b.Rows))
	}
	if ended := s.End(); err == nil {
		err = ended
	}
	if err != nil {
		return err
	}
	for i, p := range pairs {
		b.Rows[i].Add(p)
	}
	return nil
}
