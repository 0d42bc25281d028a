package e2e

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	appv1 "mercury-driver/proto/mercury/app/v1"
)

// On a Redis Cluster commands go through its shards, and are claimed there.
func TestRedisCluster(t *testing.T) {
	s := &system{redis: startRedis(t, freePort(t), "--dir", t.TempDir(), "--cluster-enabled", "yes",
		"--cluster-port", strconv.Itoa(freePort(t)))}
	ctx := context.Background()
	if err := s.redis.client.ClusterAddSlotsRange(ctx, 0, 16383).Err(); err != nil {
		t.Fatal(err)
	}
	eventually(t, 15*time.Second, "the cluster stands", func() error {
		if info := s.redis.client.ClusterInfo(ctx).Val(); !strings.Contains(info, "cluster_state:ok") {
			return errors.New(info)
		}
		return nil
	})
	s.app = anApp(t, s.redis.port)
	s.app.flags = []string{"-command-source", "sharded"}
	s.app.start(t)
	d := aDriver(t, s.app.port, s.redis.port, "COMMAND_SOURCE=sharded").start(t)
	d.awaitReady()
	f := startFleet(t, loopback(d.port), 2, "-scenario", "idle")
	eventually(t, 15*time.Second, "the panels are online", func() error { return s.app.hasOnline(2) })
	s.mustUnlock(t, appv1.Route_ROUTE_REDIS)
	s.mustUnlock(t, appv1.Route_ROUTE_CLAIM)
	if heard := s.redis.client.SPublish(ctx, "{61001}", unlockFor2s("by-hand")).Val(); heard != 1 {
		t.Errorf("it was heard by %d", heard)
	}
	f.mustHaveUnlocked(t, 3)
	d.stop(20 * time.Second)
}
