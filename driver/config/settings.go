package config

import "time"

// need is what must be said about a setting.
type need int

const (
	optional need = iota // unset or empty: the default
	filled               // set, and not to nothing
	stated               // set, if only to nothing
)

// setting is one key of the environment.
type setting struct {
	key  string
	need need
	// fallback is the default as one would write it. Where it is empty, whenEmpty says what that means.
	fallback  string
	whenEmpty string
	// example is what .env.example has for a key without a default.
	example string
	// with is the key without which this one has no effect.
	with string
	// meaning is for -h and .env.example.
	meaning string
	kind
}

// settings are all keys, in the order in which -h, .env.example and the log show them.
var settings = []setting{
	{key: "PORT", need: filled, example: "5001",
		meaning: "TCP port that controllers dial in to; -port wins over it",
		kind:    whole(1, 65535, func(c *Config) *int { return &c.Port })},
	{key: "VENDOR_APP_ADDR", need: filled, example: "127.0.0.1:7001",
		meaning: "The gRPC server of the vendor app: events go there, leases come from there",
		kind:    address(func(c *Config) *string { return &c.VendorAppAddr })},
	{key: "VENDOR_APP_TLS", whenEmpty: tlsUnsaid,
		meaning: "Whether the line to the vendor app is encrypted; off is plain text",
		kind:    oneOf(func(c *Config) *string { return &c.VendorAppTLS.Use }, tlsOn, tlsOff)},
	{key: "VENDOR_APP_CA", whenEmpty: "the system's CAs",
		meaning: "Those who may have signed the vendor app's certificate",
		kind:    pemFile(func(c *Config) *string { return &c.VendorAppTLS.CA })},
	{key: "VENDOR_APP_CERT", whenEmpty: "none",
		meaning: "Certificate with its chain that the vendor app is shown",
		kind:    pemFile(func(c *Config) *string { return &c.VendorAppTLS.Cert })},
	{key: "VENDOR_APP_KEY", whenEmpty: "none",
		meaning: "Key of that certificate",
		kind:    pemFile(func(c *Config) *string { return &c.VendorAppTLS.Key })},
	{key: "VENDOR_APP_SERVER_NAME", whenEmpty: "the host of VENDOR_APP_ADDR",
		meaning: "Whom the vendor app's certificate must be for",
		kind:    word(253, func(c *Config) *string { return &c.VendorAppTLS.ServerName })},
	{key: "REDIS_URL", need: filled, example: "redis://127.0.0.1:6390/0",
		meaning: "Redis in which commands are published",
		kind:    redisURL(func(c *Config) *Secret { return &c.RedisURL })},
	{key: "REDIS_TLS", whenEmpty: "on with rediss://, off on the loopback; else needed",
		meaning: "Whether the line to Redis is encrypted, as REDIS_URL says too; off is plain text",
		kind:    oneOf(func(c *Config) *string { return &c.RedisTLS.Use }, tlsOn, tlsOff)},
	{key: "REDIS_CA", whenEmpty: "the system's CAs",
		meaning: "Those who may have signed Redis's certificate",
		kind:    pemFile(func(c *Config) *string { return &c.RedisTLS.CA })},
	{key: "REDIS_CERT", whenEmpty: "none",
		meaning: "Certificate with its chain that Redis is shown",
		kind:    pemFile(func(c *Config) *string { return &c.RedisTLS.Cert })},
	{key: "REDIS_KEY", whenEmpty: "none",
		meaning: "Key of that certificate",
		kind:    pemFile(func(c *Config) *string { return &c.RedisTLS.Key })},
	{key: "REDIS_SERVER_NAME", whenEmpty: "the host of REDIS_URL",
		meaning: "Whom Redis's certificate must be for",
		kind:    word(253, func(c *Config) *string { return &c.RedisTLS.ServerName })},
	{key: "REDIS_PREFIX", whenEmpty: "none",
		meaning: "Goes before the serial number in the name of a controller's command channel, or stream",
		kind:    word(128, func(c *Config) *string { return &c.RedisPrefix })},
	{key: "COMMAND_SOURCE", fallback: "pubsub",
		meaning: "How commands come through Redis: published, published in the shards of a cluster, or in streams that keep them until they are answered",
		kind:    oneOf(func(c *Config) *string { return &c.CommandSource }, "pubsub", "sharded", "streams")},
	{key: "COMMAND_KEYS", whenEmpty: "off",
		meaning: "Public keys of those who sign commands; with it, what is published unsigned is dropped",
		kind:    keyFile(func(c *Config) *string { return &c.CommandKeys })},
	{key: "ADMIN_ADDR", whenEmpty: "127.0.0.1 and port + 10000",
		meaning: "Where /healthz, /readyz and /metrics are served over HTTP; off for nowhere",
		kind:    adminAddress(func(c *Config) *string { return &c.AdminAddr })},
	{key: "COMMAND_THREADS", fallback: "20",
		meaning: "Most OS threads that post commands; fewer run while there is less to do",
		kind:    whole(1, 256, func(c *Config) *int { return &c.CommandThreads })},
	{key: "WINDOW", fallback: "256",
		meaning: "Most transactions of one controller that are delivered and not acknowledged",
		kind:    whole(8, 50_000, func(c *Config) *int { return &c.Window })},
	{key: "SEQUENCES", fallback: "8",
		meaning: "Most commands that one controller was sent and has not answered",
		kind:    whole(1, 64, func(c *Config) *int { return &c.Sequences })},
	{key: "COMMAND_QUEUE", fallback: "64",
		meaning: "Most commands that wait for one controller; the next one is answered overloaded",
		kind:    whole(1, 4096, func(c *Config) *int { return &c.CommandQueue })},
	{key: "LINK_FRESH", fallback: "3s",
		meaning: "A command that moves a door is posted only to a link heard from within this time",
		kind:    span(time.Second, time.Minute, func(c *Config) *time.Duration { return &c.LinkFresh })},
	{key: "REPLY_GRACE", fallback: "2s",
		meaning: "How long after a command's ttl its reply is still waited for",
		kind:    span(2*time.Second, time.Minute, func(c *Config) *time.Duration { return &c.ReplyGrace })},
	{key: "QUARANTINE", fallback: "100",
		meaning: "Most controllers that the vendor app may keep connected and not served; beyond it they are refused",
		kind:    whole(0, 10_000, func(c *Config) *int { return &c.Quarantine })},
	{key: "GRACE_PERIOD", fallback: "20s",
		meaning: "Longest drain after SIGTERM",
		kind:    span(time.Second, 10*time.Minute, func(c *Config) *time.Duration { return &c.GracePeriod })},
	{key: "WATCHDOG", fallback: "5s",
		meaning: "A library call that lasts longer is reported and ends the process",
		kind:    span(time.Second, 10*time.Minute, func(c *Config) *time.Duration { return &c.Watchdog })},
	{key: "STATE_DIR", whenEmpty: "off",
		meaning: "Directory for notes by which the next start reports how this run ended; processes may share it",
		kind:    directory(func(c *Config) *string { return &c.StateDir })},
	{key: "SPOOL_DIR", whenEmpty: "off",
		meaning: "Directory where transactions are kept while the vendor app is away; processes may share it",
		kind:    directory(func(c *Config) *string { return &c.SpoolDir })},
	{key: "SPOOL_MB", fallback: "1024", with: "SPOOL_DIR",
		meaning: "Megabytes of disk that fill the spool; what was on its way to the app comes on top, and then transactions stay in the controllers",
		kind:    whole(1, 1_000_000, func(c *Config) *int { return &c.SpoolMB })},
	{key: "LOG_LEVEL", fallback: "info",
		meaning: "Least level that is logged",
		kind:    logLevel("debug", "info", "warn", "error")},
	{key: "LOG_FORMAT", fallback: "auto",
		meaning: "Of the log on stderr; auto is text on a terminal and json elsewhere",
		kind:    oneOf(func(c *Config) *string { return &c.LogFormat }, "auto", "json", "text")},
	{key: "SENTRY_DSN", need: stated, whenEmpty: "off",
		meaning: "Sentry project that panics and errors are reported to",
		kind:    sentryDSN(func(c *Config) *Secret { return &c.SentryDSN })},
	{key: "SENTRY_ENVIRONMENT", fallback: "production", with: "SENTRY_DSN",
		meaning: "Environment that reports to Sentry are filed under",
		kind:    word(64, func(c *Config) *string { return &c.SentryEnvironment })},
}

// read finds the setting's value in env and puts it into c, or says what is wrong with it.
func (s setting) read(c *Config, env lookup) (fault string) {
	value, set := env(s.key)
	if !set && s.need != optional || value == "" && s.need == filled {
		return s.missing(set)
	}
	if value == "" {
		value = s.fallback
	}
	if value == "" || s.set(c, value) {
		return ""
	}
	return "want " + s.want + s.orEmpty(value) + s.wrong(value)
}

// orEmpty says how a setting is turned off, to whoever wrote that word.
func (s setting) orEmpty(value string) string {
	if value == "off" && s.whenEmpty != "" {
		return ", or empty for " + s.whenEmpty
	}
	return ""
}

func (s setting) missing(set bool) string {
	text := "is not set; want " + s.want
	if set {
		text = "is empty; want " + s.want
	}
	if s.need == stated {
		text += ", or empty for " + s.whenEmpty
	}
	return text
}
