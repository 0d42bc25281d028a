package footprint

import (
	"time"

	"mercury-driver/scripts/bench/stage"
)

// sampled is how often memory is looked at.
const sampled = 50 * time.Millisecond

// held is the most anonymous memory, in KiB, that a driver has while it is looked at for so long.
func (s *scene) held(d *stage.Driver, long time.Duration) (most float64, err error) {
	for over := time.Now().Add(long); time.Now().Before(over); {
		if most, err = more(d, most); err != nil {
			return 0, err
		}
		if err := s.Pause(sampled); err != nil {
			return 0, err
		}
	}
	return most, nil
}

func more(d *stage.Driver, most float64) (float64, error) {
	kib, err := d.Anon()
	return max(most, kib), err
}

// Budgets are in kilobytes and megabytes of 10^3 and 10^6.

func megabytes(kib float64) float64 { return kib * 1024 / 1e6 }

// perController is the share of one of a crowd, in kilobytes.
func perController(kib float64) float64 { return kib * 1.024 / crowded }
