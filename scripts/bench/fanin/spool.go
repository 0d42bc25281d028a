package fanin

import (
	"path/filepath"
	"strconv"
	"time"

	"mercury-driver/scripts/bench/figure"
	"mercury-driver/scripts/bench/pace"
	"mercury-driver/scripts/bench/stage"
)

func runSpool(s *stage.Stage, long time.Duration) ([]figure.Pair, error) {
	long /= 2 // there is no budget
	dir, err := s.Dir()
	if err != nil {
		return nil, err
	}
	spooler, err := s.Start("spooler", nil, "spooler", "-dir", dir, "-controllers", strconv.Itoa(panels), "-for", long.String())
	if err != nil {
		return nil, err
	}
	var ours struct {
		pace.Pace
		Together float64 `json:"together"`
		Bytes    float64 `json:"bytes"`
	}
	if err := result(spooler, long, &ours); err != nil {
		return nil, err
	}
	appender, err := s.Start("appender", nil, "appender", "-file", filepath.Join(dir, "bare"),
		"-bytes", strconv.Itoa(int(ours.Bytes)), "-for", long.String())
	if err != nil {
		return nil, err
	}
	var bare pace.Pace
	err = result(appender, long, &bare)
	return []figure.Pair{{Ours: ours.Rate, Limit: bare.Rate * ours.Together}}, err
}
