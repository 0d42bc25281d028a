package command

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"
)

// acks lets Redis forget the entries that are settled.
type acks struct {
	options *redis.Options
	names   names
	ledger  *ledger
	log     *slog.Logger
}

// acksAtOnce is how many entries are acknowledged in one round trip.
const acksAtOnce = 256

// run acknowledges until ctx ends; then it returns nil. What could not be acknowledged by then is answered a second
// time by the next holder of the lease.
func (a *acks) run(ctx context.Context) error {
	var open []entry
	var outage outage
	client := roundTrips(a.options)
	defer func() { _ = client.Close() }()
	for ctx.Err() == nil {
		if len(open) == 0 {
			select {
			case <-a.ledger.added:
			case <-ctx.Done():
			}
		}
		open = append(open, a.ledger.take()...)
		var err error
		if open, err = a.send(ctx, client, open); err == nil {
			a.works(&outage)
			continue
		}
		err = explain(ofCluster(err), a.options, mayRead, a.names.before)
		if ctx.Err() == nil && outage.fails(time.Now(), err) {
			a.log.Warn("commands that are answered can't be acknowledged in Redis, trying again", "err", err)
		}
		_ = client.Close()
		client = roundTrips(a.options)
		outage.pause(ctx)
	}
	return nil
}

func (a *acks) works(o *outage) {
	if dur := o.ends(time.Now()); dur > 0 {
		a.log.Info("commands can be acknowledged in Redis again", "dur", dur)
	}
}

// send acknowledges and deletes entries, and returns those for which it could not be done. Both may be done again.
func (a *acks) send(ctx context.Context, client *redis.Client, entries []entry) (open []entry, failure error) {
	for chunk := range slices.Chunk(entries, acksAtOnce) {
		pipe := client.Pipeline()
		replies := make([][2]*redis.IntCmd, len(chunk))
		for i, e := range chunk {
			name := a.names.of(e.serial)
			replies[i] = [2]*redis.IntCmd{pipe.XAck(ctx, name, groupName, e.id), pipe.XDel(ctx, name, e.id)}
		}
		_, _ = pipe.Exec(ctx) // each reply has its own error
		for i, e := range chunk {
			err := cmp.Or(replies[i][0].Err(), replies[i][1].Err())
			if err != nil && !redis.HasErrorPrefix(err, "WRONGTYPE") { // then something else is in its place
				open, failure = append(open, e), err
				continue
			}
			a.ledger.forget(e)
		}
	}
	return open, failure
}
