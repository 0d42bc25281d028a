package command

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// cluster is a Redis Cluster of some masters, each with an equal part of the slots.
type cluster struct {
	nodes     []*redis.Client
	processes []*os.Process
	client    *redis.ClusterClient
}

const allSlots = 16384

// startCluster runs redis-servers that end with the test.
func startCluster(t *testing.T, masters int) *cluster {
	t.Helper()
	c := new(cluster)
	var addresses []string
	for i := range masters {
		address, bus, process := startClusterNode(t)
		c.processes = append(c.processes, process)
		addresses = append(addresses, address)
		node := dialRedis(t, address)
		c.nodes = append(c.nodes, node)
		c.must(t, node, "CLUSTER", "ADDSLOTSRANGE", i*allSlots/masters, (i+1)*allSlots/masters-1)
		c.must(t, node, "CLUSTER", "SET-CONFIG-EPOCH", i+1)
		host, port, _ := net.SplitHostPort(address)
		c.must(t, c.nodes[0], "CLUSTER", "MEET", host, port, bus)
	}
	for _, node := range c.nodes {
		eventually(t, "the cluster stands", 20*time.Second, func() bool {
			info := node.ClusterInfo(context.Background()).Val()
			return strings.Contains(info, "cluster_state:ok") && strings.Contains(info, fmt.Sprintf("cluster_size:%d", masters))
		})
	}
	c.client = redis.NewClusterClient(&redis.ClusterOptions{Addrs: addresses, Protocol: 2, DisableIdentity: true,
		DisableRoutingPolicies: true})
	t.Cleanup(func() { c.client.Close() })
	return c
}

func startClusterNode(t *testing.T) (address, bus string, running *os.Process) {
	t.Helper()
	address, running = startRedis(t, func() []string {
		_, bus, _ = net.SplitHostPort(freeAddress(t))
		return []string{"--cluster-enabled", "yes", "--cluster-port", bus, "--cluster-node-timeout", "20000"}
	})
	return address, bus, running
}

func (c *cluster) must(t *testing.T, node *redis.Client, command ...any) string {
	t.Helper()
	reply, err := node.Do(context.Background(), command...).Text()
	if err != nil {
		t.Fatalf("%v: %v", command, err)
	}
	return reply
}

// options are those of a process that knows the first node only.
func (c *cluster) options() *redis.Options { return &redis.Options{Addr: c.nodes[0].Options().Addr} }

// publish publishes for a controller, and returns how many heard it.
func (c *cluster) publish(t *testing.T, serial uint64, payload string) int64 {
	t.Helper()
	heard, err := c.client.SPublish(context.Background(), channelOf(serial), payload).Result()
	if err != nil {
		t.Errorf("publish for %d: %v", serial, err)
	}
	return heard
}

func channelOf(serial uint64) string { return "{" + strconv.FormatUint(serial, 10) + "}" }

// slot is a controller's.
func (c *cluster) slot(t *testing.T, serial uint64) int {
	t.Helper()
	slot, err := c.nodes[0].ClusterKeySlot(context.Background(), channelOf(serial)).Result()
	if err != nil {
		t.Fatal(err)
	}
	return int(slot)
}

// owner is which node had a controller's slot at first.
func (c *cluster) owner(t *testing.T, serial uint64) int {
	t.Helper()
	return c.slot(t, serial) * len(c.nodes) / allSlots
}

// moveSlot gives the slot of a controller from one node to another, with what is in it.
func (c *cluster) moveSlot(t *testing.T, serial uint64, from, to int) {
	t.Helper()
	slot, source, target := c.slot(t, serial), c.nodes[from], c.nodes[to]
	id := c.must(t, target, "CLUSTER", "MYID")
	c.must(t, target, "CLUSTER", "SETSLOT", slot, "IMPORTING", c.must(t, source, "CLUSTER", "MYID"))
	c.must(t, source, "CLUSTER", "SETSLOT", slot, "MIGRATING", id)
	host, port, _ := net.SplitHostPort(target.Options().Addr)
	for {
		keys := source.ClusterGetKeysInSlot(context.Background(), slot, 100).Val()
		if len(keys) == 0 {
			break
		}
		for _, key := range keys {
			c.must(t, source, "MIGRATE", host, port, key, 0, 5000)
		}
	}
	c.must(t, target, "CLUSTER", "SETSLOT", slot, "NODE", id)
	for _, node := range c.nodes {
		c.must(t, node, "CLUSTER", "SETSLOT", slot, "NODE", id)
	}
}
