package command

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"mercury-driver/driver/report"
)

// follow keeps a subscription at each master of the cluster, and each controller at the one that has its slot, until
// ctx ends; then it returns nil.
func (s *Sharded) follow(ctx context.Context, group *errgroup.Group, told listener) error {
	cluster := clusterClient(s.options)
	defer func() { _ = cluster.Close() }()
	again := time.NewTicker(surveyEvery)
	defer again.Stop()
	for ctx.Err() == nil {
		if masters, err := masters(ctx, cluster); err != nil {
			s.fails(ctx, err)
		} else {
			s.begin(ctx, group, told, masters)
			s.place(ctx, cluster, told)
			s.end(masters)
			s.outage.ends(time.Now())
		}
		select {
		case <-again.C:
		case <-s.wanted:
		case <-ctx.Done():
		}
	}
	return nil
}

func (s *Sharded) fails(ctx context.Context, err error) {
	err = explain(err, s.options, mayHearShards, s.names.before)
	if ctx.Err() == nil && s.outage.fails(time.Now(), err) {
		s.log.Warn("the Redis Cluster does not tell its shards, trying again", "addr", s.options.Addr, "err", err)
	}
}

var errNoMaster = errors.New("the cluster has no master with slots: see redis-cli CLUSTER INFO")

// masters asks any node for the addresses of all masters; there is one at least.
func masters(ctx context.Context, cluster *redis.ClusterClient) (found []string, err error) {
	var mu sync.Mutex
	err = cluster.ForEachMaster(ctx, func(_ context.Context, master *redis.Client) error {
		mu.Lock()
		defer mu.Unlock()
		found = append(found, master.Options().Addr)
		return nil
	})
	if err == nil && len(found) == 0 {
		err = errNoMaster
	}
	return found, err
}

// begin starts a subscription at each master that has none.
func (s *Sharded) begin(ctx context.Context, group *errgroup.Group, told listener, masters []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, addr := range masters {
		if s.shards[addr] != nil {
			continue
		}
		options := *s.options
		options.Addr = addr
		one := newSubscription(&options, s.names, "command", s.log)
		one.sharded, one.rights, one.quit = true, mayHearShards, s.quit
		ctx, end := context.WithCancel(ctx)
		s.shards[addr] = &shard{one, end}
		group.Go(report.Guard("shard", func() error { return one.run(ctx, told) }))
	}
}

// place hears each controller at the master that has its slot.
func (s *Sharded) place(ctx context.Context, cluster *redis.ClusterClient, told listener) {
	for _, serial := range s.serials() {
		master, err := cluster.MasterForKey(ctx, s.names.of(serial))
		if err != nil { // nobody has its slot
			s.move(told, serial, nil)
			continue
		}
		s.mu.Lock()
		to := s.shards[master.Options().Addr]
		s.mu.Unlock()
		s.move(told, serial, to)
	}
}

func (s *Sharded) serials() (all []uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for serial := range s.at {
		all = append(all, serial)
	}
	return all
}

// move hears a controller at another shard, unless it was given up while that was looked for; on the way it is heard
// nowhere, which is told before the new one can confirm.
func (s *Sharded) move(told listener, serial uint64, to *shard) {
	s.mu.Lock()
	from, wanted := s.at[serial]
	if !wanted || from == to {
		s.mu.Unlock()
		return
	}
	s.at[serial] = nil
	s.mu.Unlock()
	if from != nil {
		from.Unsubscribe(serial)
		told.listening(time.Now(), serial, false)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, wanted := s.at[serial]; wanted && to != nil {
		s.at[serial] = to
		to.Subscribe(serial)
	}
}

// end stops the subscriptions at masters that are none any more.
func (s *Sharded) end(masters []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for addr, shard := range s.shards {
		if !slices.Contains(masters, addr) {
			shard.end()
			delete(s.shards, addr)
		}
	}
}
