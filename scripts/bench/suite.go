package main

import (
	"fmt"
	"io"
	"time"

	"mercury-driver/scripts/bench/figure"
	"mercury-driver/scripts/bench/stage"
)

// bench is one thing that is measured.
type bench struct {
	name string
	rows []*figure.Row // what a run fills
	// run measures ours and the limit, one after the other on one stage, and returns a pair a row. long says how long a
	// steady load is measured.
	run func(s *stage.Stage, long time.Duration) ([]figure.Pair, error)
	// brief says that it is part of the short form.
	brief bool
}

// suite is all benchmarks, in the order of the table.
func suite() []bench {
	return nil
}

// play runs all of them so often, in turns, so that what disturbs the machine disturbs all alike.
func play(benches []bench, runs int, long time.Duration, stages func() (*stage.Stage, error), progress io.Writer) error {
	for run := range runs {
		for _, b := range benches {
			began := time.Now()
			if err := b.once(long, stages); err != nil {
				return fmt.Errorf("%s: %w", b.name, err)
			}
			fmt.Fprintf(progress, "run %d of %d: %s, %.0f s\n", run+1, runs, b.name, time.Since(began).Seconds())
		}
	}
	return nil
}

func (b bench) once(long time.Duration, stages func() (*stage.Stage, error)) error {
	s, err := stages()
	if err != nil {
		return err
	}
	pairs, err := b.run(s, long)
	if err == nil && len(pairs) != len(b.rows) {
		err = fmt.Errorf("%d figures for %d rows", len(pairs), len(b.rows))
	}
	if ended := s.End(); err == nil {
		err = ended
	}
	if err != nil {
		return err
	}
	for i, p := range pairs {
		b.rows[i].Add(p)
	}
	return nil
}
