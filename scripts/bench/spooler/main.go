// Command spooler is the driver's spool by itself, as it stands between very many sessions that have a backlog and a vendor
// app that is away. It lets transactions be spooled at full speed for as long as it was told, prints the pace at which they
// are safe on disk, and of how many and how many bytes a write was, and ends.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"time"

	"mercury-driver/driver/spool"
	"mercury-driver/scripts/bench/backlog"
	"mercury-driver/scripts/bench/pace"
)

const (
	turn  = 64      // transactions that a controller says in one write
	limit = 8 << 30 // bytes, more than is written in the time
)

func main() {
	dir := flag.String("dir", "", "`directory` of the spool")
	controllers := flag.Int("controllers", 10_000, "of how `many` the transactions are")
	span := flag.Duration("for", 5*time.Second, "`span` of the measurement")
	flag.Parse()
	if err := run(*dir, backlog.Backlog{Controllers: *controllers, Turn: turn}, *span); err != nil {
		fmt.Fprintln(os.Stderr, "spooler:", err)
		os.Exit(1)
	}
}

func run(dir string, from backlog.Backlog, span time.Duration) error {
	told := &sessions{wrote: make(chan struct{}, 1)}
	s, err := spool.Open(dir, 1, limit, away{}, told, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	ctx, end := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	found := measure(s, &from, told, span)
	end()
	if err := <-ended; err != nil {
		return err
	}
	if c := s.Counts(); c.Failures > 0 {
		return fmt.Errorf("the disk refused %d writes", c.Failures)
	}
	return pace.Print(found)
}

// found is what was measured; pieces are means.
type found struct {
	pace.Pace
	Together float64 `json:"together"` // transactions of a write
	Bytes    float64 `json:"bytes"`    // of a write
}

func measure(s *spool.Spool, from *backlog.Backlog, told *sessions, span time.Duration) found {
	for s.Free() == 0 { // it has not noticed yet that the app is away
		time.Sleep(time.Millisecond)
	}
	began := pace.Begin()
	for began.Since() < span {
		for s.Free() > 0 {
			s.Offer(logged(from.Next()))
		}
		<-told.wrote
	}
	c, writes := s.Counts(), float64(told.writes.Load())
	events := float64(c.Written)
	return found{began.Pace(events), events / writes, float64(c.Bytes) / writes}
}
