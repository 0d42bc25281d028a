package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"runtime"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"mercury-driver/cvendor"
	"mercury-driver/cvendor/scp"
	"mercury-driver/driver/admin"
	"mercury-driver/driver/certs"
	"mercury-driver/driver/command"
	"mercury-driver/driver/config"
	"mercury-driver/driver/controller"
	"mercury-driver/driver/event"
	"mercury-driver/driver/pool"
	"mercury-driver/driver/report"
	"mercury-driver/driver/spool"
	"mercury-driver/driver/thread"
	"mercury-driver/driver/title"
	"mercury-driver/driver/uplink"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// process is everything that runs, wired together.
type process struct {
	config config.Config
	log    *slog.Logger
	title  *title.Title

	library  *cvendor.Library
	table    *controller.Table
	uplink   *uplink.Uplink[controller.Key]
	spool    *spool.Spool           // nil: none
	handled  func() <-chan struct{} // tells when each message of the library is safe; nil: at once
	gate     *command.Gate
	commands source
	claims   *command.Claims
	pool     *pool.Pool
	admin    *admin.Server
	watch    *thread.Watch
	toApp    *certs.Line
	toRedis  *certs.Line

	closing chan chan error // asks the channel's thread to close it, and to say what came of it

	state  state
	group  *errgroup.Group
	failed context.Context // ends with the first part that fails
}

// assemble makes all parts and connects them; nothing runs yet.
func assemble(c config.Config, log *slog.Logger, shown *title.Title) (*process, error) {
	library, err := cvendor.Open(channel)
	if err != nil {
		return nil, exitError{exitLibrary, err}
	}
	caps := library.Capabilities()
	log.Info("mercury-driver starts", "version", version, "commit", commit, "library", caps.Library,
		"go", runtime.Version(), "config", c)
	if err := serviceable(caps, c.SpoolDir); err != nil {
		library.Close()
		return nil, err
	}
	p := &process{config: c, log: log, title: shown, library: library, watch: thread.NewWatch(),
		closing: make(chan chan error)}
	if err := p.connect(caps); err != nil {
		library.Close()
		return nil, err
	}
	return p, nil
}

func (p *process) connect(caps scp.Capabilities) error {
	c, instance := p.config, rand.Text()
	p.table = controller.NewTable(controller.Rules{
		Instance: instance, Window: uint64(c.Window), Sequences: c.Sequences, Queue: c.CommandQueue,
		LinkFresh: c.LinkFresh, ReplyGrace: c.ReplyGrace, Quarantine: c.Quarantine,
	}, caps, p.log)
	var err error
	if p.toApp, err = certs.New(c.VendorAppTLS, p.log); err != nil {
		return err
	}
	if p.toRedis, err = certs.New(c.RedisTLS, p.log); err != nil {
		return err
	}
	host, _ := os.Hostname() // for people; empty does no harm
	p.uplink = uplink.New[controller.Key](uplink.Config{
		Addr: c.VendorAppAddr, Credentials: p.toApp.Credentials(), Log: p.log,
		Hello: &pb.Hello{ContractVersion: 1, Instance: instance, Port: uint32(c.Port), Version: version,
			Library: caps.Library, Host: host, Traits: &pb.LibraryTraits{LogEpochs: caps.LogEpochs}},
	})
	server, err := redis.ParseURL(c.RedisURL.Reveal())
	if err != nil {
		return err
	}
	server.Dialer = p.toRedis.Dial
	if p.gate, err = command.OpenGate(c.CommandKeys, p.log); err != nil {
		return err
	}
	switch c.CommandSource {
	case "streams":
		p.commands = command.NewStreams(server, c.RedisPrefix, instance, p.gate, c.ReplyGrace, p.log)
	case "sharded":
		p.commands = command.NewSharded(server, c.RedisPrefix, p.gate, p.log)
	default:
		p.commands = command.NewPubSub(server, c.RedisPrefix, p.gate, p.log)
	}
	p.claims = command.NewClaims(server, c.CommandSource == "sharded", c.RedisPrefix, instance, p.log)
	p.pool = pool.New(c.CommandThreads, poster{p.library}, p.watch)
	ports := controller.Ports{Sink: p.uplink.Outbox, Admitter: p.uplink.Admissions,
		Subscriber: p.commands, Claimer: p.claims, Poster: p.pool, Waker: p.library}
	if c.SpoolDir != "" {
		p.spool, err = spool.Open(c.SpoolDir, c.Port, c.SpoolMB<<20, p.uplink.Outbox, p.table, p.log)
		if err != nil {
			return spoolFailure(err)
		}
		if !caps.Rewind {
			p.spool.WriteThrough()
			p.handled = p.spool.Sync
		}
		ports.Sink, ports.Spool = p.spool, p.spool
	}
	p.table.Connect(ports)
	p.admin = p.newAdmin(caps)
	err = p.admin.Listen() // the last that can fail here, as only Run lets go of the address
	if errors.Is(err, syscall.EADDRINUSE) {
		return exitError{exitPort, err}
	}
	return err
}

// spoolFailure is why the spool could not be opened or ended, with the exit code that tells a supervisor whether to try
// again.
func spoolFailure(err error) error {
	var damaged *spool.DamagedError
	switch {
	case errors.Is(err, spool.ErrHeld):
		return exitError{exitPort, err}
	case errors.As(err, &damaged):
		return exitError{exitConfig, err}
	case forbidden(err):
		return elsewhere("SPOOL_DIR", err)
	}
	return err
}

// forbidden reports whether a file is there and not for us.
func forbidden(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS)
}

// elsewhere is a failure in the directory of a setting that lasts until somebody changes something.
func elsewhere(key string, err error) error {
	return exitError{exitConfig, fmt.Errorf("%s: %w: let the driver's user read and write there, or name another directory", key, err)}
}

// acked lets both hear what the vendor app has stored: the spool, and the sessions.
type acked struct {
	*controller.Table
	spool *spool.Spool
}

func (a acked) Acked(now time.Time, positions []*pb.LogPosition) {
	a.spool.Acked()
	a.Table.Acked(now, positions)
}

// handler is who hears the vendor app.
func (p *process) handler() uplink.Handler[controller.Key] {
	if p.spool == nil {
		return p.table
	}
	return acked{p.table, p.spool}
}

// source is how commands come from Redis.
type source interface {
	controller.Subscriber
	// Run brings them until ctx ends.
	Run(ctx context.Context, commands command.Commands) error
	// Quit lets no more come, in a moment; Silent tells when that is so.
	Quit()
	Silent() bool
	// Cleared reports whether Redis keeps nothing that was brought, as all of it is answered.
	Cleared() bool
	Stats() command.Stats
}

// poster is the library as the command threads see it.
type poster struct{ library *cvendor.Library }

func (l poster) Post(p controller.Post) (uint32, error) {
	return l.library.Post(p.Key.Attachment, p.Command, p.Terms)
}

// start lets everything run until ctx ends. The first part that fails ends all others.
func (p *process) start(ctx context.Context) {
	p.group, p.failed = errgroup.WithContext(ctx)
	ctx = p.failed
	run := func(name string, fn func(context.Context) error) {
		p.group.Go(report.Guard(name, func() error { return fn(ctx) }))
	}
	reading := event.Start(ctx, p.group, p.library, p.table, p.watch, p.handled)
	p.pool.Start(ctx, p.group)
	thread.Go(p.group, "channel", report.Guard("channel", p.keepChannel))
	run("uplink", func(ctx context.Context) error { return p.uplink.Run(ctx, p.handler()) })
	if p.spool != nil {
		run("spool", func(context.Context) error { return spoolFailure(p.spool.Run(reading)) })
	}
	run("gate", p.gate.Run)
	run("commands", func(ctx context.Context) error { return p.commands.Run(ctx, p.table) })
	run("claims", func(ctx context.Context) error { return p.claims.Run(ctx, p.table) })
	run("certificates to the vendor app", p.toApp.Run)
	run("certificates to Redis", p.toRedis.Run)
	run("admin", p.admin.Run)
	run("title", p.showTitle)
	run("watchdog", func(ctx context.Context) error { return p.watchLibrary(ctx, p.config.Watchdog) })
}

// watchLibrary waits, until ctx ends, for a library call that lasts longer than limit, and returns it as the error
// that is to end the process: nothing else can bring the call back.
func (p *process) watchLibrary(ctx context.Context, limit time.Duration) error {
	ctx, found := context.WithCancel(ctx)
	defer found()
	p.watch.Run(ctx, limit, func(h thread.Hang) {
		p.state.hung.CompareAndSwap(nil, &h)
		found()
	})
	if err := p.hang(); err != nil {
		return exitError{exitLibrary, err}
	}
	return nil
}

const (
	// leaveWithin is how long the parts may take to end once they are told to.
	leaveWithin = 5 * time.Second
	// returnWithin is how long a library call may have lasted by then; less than leaveWithin, so that a hang is
	// known for what it is.
	returnWithin = 4 * time.Second
)

// wait joins everything that start began. A part that does not end, because a panic left a lock behind, is
// left to the end of the process. So are all, at once, when a library call hangs, if it began so late that
// the watchdog had no time to notice.
func (p *process) wait() error {
	if err := p.hang(); err != nil {
		return exitError{exitLibrary, err}
	}
	ctx, cancel := context.WithTimeout(context.Background(), leaveWithin)
	defer cancel()
	done, left := make(chan error, 1), make(chan error, 1)
	go func() { done <- p.group.Wait() }()
	go func() { left <- p.watchLibrary(ctx, min(p.config.Watchdog, returnWithin)) }()
	select {
	case err := <-done:
		p.library.Close() // it waits for the calls that are in the library, and there are none
		return err
	case err := <-left:
		if err == nil {
			err = errors.New("a part of the driver did not end when told to")
		}
		return errors.Join(p.failure(), err)
	}
}

// failure is what the first part that failed said; nil when none did.
func (p *process) failure() error {
	if cause := context.Cause(p.failed); !errors.Is(cause, context.Canceled) {
		return cause
	}
	return nil
}
