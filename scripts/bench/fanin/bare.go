package fanin

import (
	"strconv"
	"time"

	"mercury-driver/scripts/bench/pace"
	"mercury-driver/scripts/bench/stage"
)

// endsWithin is what a limit program may take beside its measurement.
const endsWithin = time.Minute

// talk lets as many connections as there are panels write so many frames at a time, at full speed, and measures who reads.
func talk(s *stage.Stage, frames int, long time.Duration) (read pace.Pace, err error) {
	port, err := stage.Port()
	if err != nil {
		return read, err
	}
	connections := strconv.Itoa(panels)
	listener, err := s.Start("listener", nil, "listener", "-listen", stage.Loopback(port), "-connections", connections,
		"-frame", strconv.Itoa(frame), "-warm", warm.String(), "-for", long.String())
	if err != nil {
		return read, err
	}
	talkers, err := s.Start("talkers", nil, "talkers", "-connect", stage.Loopback(port), "-connections", connections,
		"-piece", strconv.Itoa(frames*frame))
	if err != nil {
		return read, err
	}
	defer talkers.Kill()
	err = result(listener, long, &read)
	return read, err
}

// result waits for what a limit program finds.
func result(p *stage.Process, long time.Duration, found any) error {
	said, err := p.Result(long + endsWithin)
	if err != nil {
		return err
	}
	return pace.Read(said, found)
}
