package command

import (
	"context"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"mercury-driver/driver/controller"
)

// Claimants is told what became of claims, by the goroutine of Run. *controller.Table is one.
type Claimants interface {
	// Claimed ends one Claim. With an error Redis could not be asked in time, and won says nothing.
	Claimed(now time.Time, key controller.Key, id string, won bool, err error)
}

// Claims makes sure that of all processes that hear a command one runs it: the first to set a key of the
// command's id in Redis. All claims that are open at one time share one round trip.
type Claims struct {
	options  *redis.Options
	cluster  bool // options are of a node of a Redis Cluster
	prefix   string
	instance string
	log      *slog.Logger

	open     atomic.Int64
	repeated atomic.Uint64

	mu      sync.Mutex
	pending []*claim
	number  uint64
	added   chan struct{} // holds one element while pending has something
}

// NewClaims prepares claims in the name of a process instance, at a Redis or at the Redis Cluster that it is a node
// of; Run does the work. The keys are prefix + "claim:" + id.
func NewClaims(options *redis.Options, cluster bool, prefix, instance string, log *slog.Logger) *Claims {
	return &Claims{
		options: options, cluster: cluster, prefix: prefix + "claim:", instance: instance, log: log,
		added: make(chan struct{}, 1),
	}
}

// Claim asks for a command: the claim is to last for keep, and Redis is asked for as long. It never
// blocks. The sessions bound how many claims are open, as each waits for so many of its own only.
func (c *Claims) Claim(key controller.Key, id string, keep time.Duration) {
	c.mu.Lock()
	c.number++
	token := c.instance + ":" + strconv.FormatUint(c.number, 10)
	c.pending = append(c.pending, &claim{
		key: key, id: id, token: token, keep: keep, until: time.Now().Add(keep),
	})
	c.mu.Unlock()
	c.open.Add(1)
	select {
	case c.added <- struct{}{}:
	default:
	}
}

// Run asks Redis until ctx ends; then it returns nil, and claims that are open stay unanswered.
func (c *Claims) Run(ctx context.Context, claimants Claimants) error {
	var open []*claim
	var outage outage
	client := c.connect()
	defer func() { _ = client.Close() }()
	for ctx.Err() == nil {
		open = append(open, c.take(ctx, len(open) == 0)...)
		if len(open) == 0 {
			continue
		}
		ask(ctx, client, c.prefix, open)
		var err error
		if open, err = c.settle(claimants, open); err == nil {
			c.works(&outage)
			continue
		}
		c.failed(ctx, &outage, explain(err, c.options, mayClaim, c.prefix))
		_ = client.Close()
		client = c.connect()
		outage.pause(ctx)
	}
	return nil
}

func (c *Claims) connect() redis.UniversalClient {
	if c.cluster {
		return clusterClient(c.options)
	}
	return roundTrips(c.options)
}

// take returns the claims that have come, and may wait for the first one.
func (c *Claims) take(ctx context.Context, wait bool) []*claim {
	if wait {
		select {
		case <-c.added:
		case <-ctx.Done():
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	taken := c.pending
	c.pending = nil
	return taken
}

// settle tells what is decided, and what nobody waits for any more. It returns the rest, which is to be
// asked again, and why.
func (c *Claims) settle(claimants Claimants, asked []*claim) (open []*claim, failure error) {
	now := time.Now()
	for _, claim := range asked {
		won, err := claim.outcome()
		if err != nil {
			failure = err
			if now.Before(claim.until) {
				open = append(open, claim)
				continue
			}
		}
		c.open.Add(-1)
		claimants.Claimed(now, claim.key, claim.id, won, err)
	}
	c.repeated.Add(uint64(len(open)))
	return open, failure
}

func (c *Claims) works(o *outage) {
	if dur := o.ends(time.Now()); dur > 0 {
		c.log.Info("commands can be claimed in Redis again", "dur", dur)
	}
}

func (c *Claims) failed(ctx context.Context, o *outage, err error) {
	if ctx.Err() == nil && o.fails(time.Now(), err) {
		c.log.Warn("commands can't be claimed in Redis, trying again", "err", err)
	}
}

// ClaimStats is a picture of Claims.
type ClaimStats struct {
	Open     int    // claims without an answer
	Repeated uint64 // attempts whose outcome stayed unknown
}

// Stats may be called at any time.
func (c *Claims) Stats() ClaimStats {
	return ClaimStats{Open: int(c.open.Load()), Repeated: c.repeated.Load()}
}
