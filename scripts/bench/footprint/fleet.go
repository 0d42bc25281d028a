package footprint

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"mercury-driver/scripts/bench/stage"
)

// firstSerial is that of the first panel of a fleet.
const firstSerial = 100_001

// fleet runs so many silent panels as a process of their own, each with a link to one of the drivers.
func (s *scene) fleet(drivers []*stage.Driver, panels int, flags ...string) (*stage.Process, error) {
	var doors []string
	for _, d := range drivers {
		doors = append(doors, stage.Loopback(d.Port))
	}
	return s.Start("fleet", nil, "mercury-sim", append([]string{"fleet", "-connect", strings.Join(doors, ","),
		"-panels", strconv.Itoa(panels), "-first-serial", strconv.Itoa(firstSerial), "-scenario", "idle", "-seed", "1"}, flags...)...)
}

// served waits until the drivers serve so many controllers in all, and hear their commands. It is the vendor app that is
// asked most, as a driver has to collect its metrics in memory.
func (s *scene) served(drivers []*stage.Driver, controllers int) error {
	err := s.Until(2*time.Minute, 50*time.Millisecond, func() error {
		counts, err := s.app.Counts()
		if err == nil && counts.Online != controllers {
			err = fmt.Errorf("%d of %d controllers are online", counts.Online, controllers)
		}
		return err
	})
	if err != nil {
		return err
	}
	return s.Until(time.Minute, time.Second, func() error {
		heard := 0.0
		for _, d := range drivers {
			n, err := d.Metric("mercury_subscriptions")
			if err != nil {
				return err
			}
			heard += n
		}
		if heard != float64(controllers) {
			return fmt.Errorf("commands of %v controllers are heard, want %d", heard, controllers)
		}
		return nil
	})
}
