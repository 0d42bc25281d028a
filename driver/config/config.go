// Package config turns flags and environment into one Config that is known to be good, before
// anything is opened. It exists so that no other package reads the environment, doubts a range or
// invents a default: the table in settings.go is the only place that knows a key. It refuses a
// configuration as a whole, naming all of its faults at once, and never shows a secret.
package config

import (
	"log/slog"
	"slices"
	"time"
)

// Config is what a driver process runs with. Ranges are those of the table in settings.go.
type Config struct {
	// Port is the TCP port that controllers dial in to.
	Port int
	// VendorAppAddr is the vendor app's gRPC server, host:port.
	VendorAppAddr string
	VendorAppTLS  TLS
	// AdminAddr is where health, metrics and status are served, host:port; empty when off.
	AdminAddr string

	RedisURL Secret
	RedisTLS TLS
	// RedisPrefix goes before the serial number in the name of a command channel, or stream.
	RedisPrefix string
	// CommandSource is pubsub, sharded or streams.
	CommandSource string
	// CommandKeys is the file for ReadKeys; empty when commands need no signature.
	CommandKeys string

	// CommandThreads is the most OS threads that post commands.
	CommandThreads int
	// Window is the most transactions of one controller that are delivered and not acknowledged.
	Window int
	// Sequences is the most commands of one controller that it was sent and has not answered.
	Sequences int
	// CommandQueue is the most commands that wait for one controller.
	CommandQueue int

	// LinkFresh is how recently a link must have been heard for a command that moves a door.
	LinkFresh time.Duration
	// ReplyGrace is how long after a command's ttl its reply is still waited for.
	ReplyGrace time.Duration
	// Quarantine bounds the controllers that the vendor app may keep connected and not served.
	Quarantine int
	// GracePeriod bounds the drain after SIGTERM.
	GracePeriod time.Duration
	// Watchdog is how long a library call may last that should come straight back.
	Watchdog time.Duration

	// StateDir is where a crash is noted for the next start; empty when off.
	StateDir string

	// SpoolDir is where transactions are kept while the vendor app is away; empty when off.
	SpoolDir string
	// SpoolMB is the most megabytes of them.
	SpoolMB int

	LogLevel slog.Level
	// LogFormat is auto, json or text.
	LogFormat string

	// SentryDSN is empty when Sentry is off.
	SentryDSN         Secret
	SentryEnvironment string
}

// Load reads ./.env, where there is one, and the environment, which wins over it; flags win over both. Doubts are
// what is ignored in ./.env, what is set in vain, and what others may reach or write: they keep nothing from running. A
// failure is Faults, the doubts about ./.env among them. The process's own environment is not changed.
func Load(flags Flags) (c Config, doubts []Fault, err error) {
	file, err := readDotenv(dotenvFile)
	if err != nil { // what is not set may be set there
		return Config{}, nil, Faults{{dotenvFile, err.Error()}}
	}
	env := environment(file)
	c, faults := read(flags, env)
	if faults = append(file.faults, faults...); faults != nil {
		return Config{}, nil, append(faults, file.doubts()...)
	}
	return c, slices.Concat(file.doubts(), inVain(env), c.exposed()), nil
}

// read fills a Config from the table, collecting every fault.
func read(flags Flags, env lookup) (c Config, faults Faults) {
	c.VendorAppTLS.Keys, c.RedisTLS.Keys = "VENDOR_APP", "REDIS"
	if flags.Port != "" {
		env = env.with("PORT", flags.Port)
	}
	for _, s := range settings {
		if text := s.read(&c, env); text != "" {
			faults = append(faults, Fault{s.key, text})
		}
	}
	if !faults.has("PORT") && !faults.has("ADMIN_ADDR") {
		if text := c.settleAdminAddr(); text != "" {
			faults = append(faults, Fault{"ADMIN_ADDR", text})
		}
	}
	if !faults.has("REDIS_URL") && !faults.has("COMMAND_SOURCE") {
		if text := c.clusterFault(); text != "" {
			faults = append(faults, Fault{"COMMAND_SOURCE", text})
		}
	}
	return c, append(faults, c.settleTLS(faults)...)
}

// LogValue shows every setting under its key, secrets redacted.
func (c Config) LogValue() slog.Value {
	attrs := make([]slog.Attr, 0, len(settings))
	for _, s := range settings {
		attrs = append(attrs, slog.Attr{Key: s.key, Value: s.show(&c)})
	}
	return slog.GroupValue(attrs...)
}

// Secrets returns the texts that must not leave the process in a log line or an error report.
func (c Config) Secrets() []string {
	return append(c.RedisURL.parts(), c.SentryDSN.parts()...)
}
