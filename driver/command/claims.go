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
//
// Add, Round and Settle are its protocol, and pure: they are stepped with a given time. Run is the other half,
// which carries the bytes.
type Claims struct {
	options  *redis.Options
	cluster  bool // options are of a node of a Redis Cluster
	prefix   string
	instance string
	log      *slog.Logger

	open     atomic.Int64
	repeated atomic.Uint64

	mu      sync.Mutex
	pending []*Claim
	number  uint64
	added   chan struct{} // holds one element while pending has something

	asked []*Claim // without an answer; of the goroutine of Run
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
	c.Add(time.Now(), key, id, keep)
}

// Add is Claim at a given time.
func (c *Claims) Add(now time.Time, key controller.Key, id string, keep time.Duration) {
	c.mu.Lock()
	c.number++
	c.pending = append(c.pending, &Claim{
		Name: c.prefix + id, Token: c.instance + ":" + strconv.FormatUint(c.number, 10), Keep: keep,
		key: key, id: id, until: now.Add(keep),
	})
	c.mu.Unlock()
	c.open.Add(1)
	select {
	case c.added <- struct{}{}:
	default:
	}
}

// Round is the claims that Redis is to be asked for next, all in one round trip. Each gets its Reply, and then
// all are settled. One goroutine calls Round and Settle.
func (c *Claims) Round() []*Claim {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = append(c.asked, c.pending...)
	c.pending = nil
	return c.asked
}

// Settle tells what is decided, and what nobody waits for any more. An error says why the rest, which the next
// Round asks for again, stayed open.
func (c *Claims) Settle(now time.Time, claimants Claimants) (failure error) {
	var open []*Claim
	for _, claim := range c.asked {
		if claim.err != nil {
			failure = claim.err
			if now.Before(claim.until) {
				open = append(open, claim)
				continue
			}
		}
		c.open.Add(-1)
		claimants.Claimed(now, claim.key, claim.id, claim.won, claim.err)
	}
	c.asked = open
	c.repeated.Add(uint64(len(open)))
	return failure
}

// Run asks Redis until ctx ends; then it returns nil, and claims that are open stay unanswered.
func (c *Claims) Run(ctx context.Context, claimants Claimants) error {
	var outage outage
	client := c.connect()
	defer func() { _ = client.Close() }()
	for ctx.Err() == nil {
		c.await(ctx)
		round := c.Round()
		if len(round) == 0 {
			continue
		}
		ask(ctx, client, round)
		err := c.Settle(time.Now(), claimants)
		if err == nil {
			c.works(&outage)
			continue
		}
		if !c.cluster {
			err = ofCluster(err)
		}
		c.failed(ctx, &outage, explain(err, c.options, mayClaim, c.prefix))
		_ = client.Close()
		client = c.connect()
		outage.pause(ctx)
	}
	return nil
}

// await returns when there is something to ask for, or ctx ends.
func (c *Claims) await(ctx context.Context) {
	if len(c.asked) > 0 {
		return
	}
	select {
	case <-c.added:
	case <-ctx.Done():
	}
}

func (c *Claims) connect() redis.UniversalClient {
	if c.cluster {
		return clusterClient(c.options)
	}
	return roundTrips(c.options)
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
