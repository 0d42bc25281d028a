package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"mercury-driver/sim/app"
	"mercury-driver/sim/app/desk"
	"mercury-driver/sim/app/store"
	"mercury-driver/sim/certs"
)

const defaultApp, defaultRedis = "127.0.0.1:7001", "127.0.0.1:6390"

// gcPercent is that of the app, which keeps some 20 MB of thousands of controllers, and throws more than a kilobyte away
// with each event.
const gcPercent = 400

func appCommand(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	f := newFlagSet("app", "-db FILE [flags]", stdout, stderr)
	listen := f.String("listen", defaultApp, "`address` to serve drivers and mercury-sim send on")
	db := f.String("db", "", "SQLite `file`, made when it does not exist")
	redisURL := f.String("redis", "", "`URL` of the Redis that commands go through, or of a node of the cluster (default REDIS_URL, else redis://"+defaultRedis+"); with REDIS_TLS=off where it is redis:// and elsewhere")
	prefix := f.String("redis-prefix", "", "`text` before a serial number in the name of its channel, or stream, as the drivers' REDIS_PREFIX")
	source := f.String("command-source", "", "how commands go through Redis, as the drivers' COMMAND_SOURCE: `pubsub`, sharded or streams (default COMMAND_SOURCE, else pubsub)")
	signKey := f.String("sign-key", "", "`file` with the key that signs what is published, made by mercury-sim key")
	admit := f.String("admit", "", "`serials` that are admitted: a list with commas, or a file with one a line; empty admits all")
	ownTLS, redisTLS := f.serverTLS(), f.clientTLS("redis-", "Redis's")
	quarantine := f.Bool("quarantine", false, "keep serials that are not admitted connected, instead of refusing them")
	if status, done := f.parseAll(args); done {
		return status
	}
	if *db == "" {
		return f.fault("-db is missing: it names the database file")
	}
	admission, err := parseAdmission(*admit)
	if err != nil {
		return f.fault("-admit: %v", err)
	}
	if *quarantine && *admit == "" {
		return f.fault("-quarantine keeps those that -admit leaves out: say with -admit who is admitted")
	}
	if !isPrefix(*prefix) {
		return f.fault("-redis-prefix: want printable ASCII without spaces, at most 128 characters")
	}
	debug.SetGCPercent(gcPercent)
	log := newLog(stdout)
	admission.Quarantine = *quarantine
	commands, err := parseRedis(cmp.Or(*redisURL, os.Getenv("REDIS_URL"), "redis://"+defaultRedis))
	if err == nil {
		err = secure(commands, redisTLS, log)
	}
	if err != nil {
		return f.fault("-redis, or REDIS_URL: %v", err)
	}
	way, err := app.ParseWay(cmp.Or(*source, os.Getenv("COMMAND_SOURCE"), string(app.PubSub)))
	if err != nil {
		return f.fault("-command-source, or COMMAND_SOURCE: %v", err)
	}
	if way == app.Sharded && commands.DB != 0 {
		return f.fault("-command-source, or COMMAND_SOURCE: is sharded, but -redis, or REDIS_URL, names database %d; a cluster has only 0", commands.DB)
	}
	key, err := readKey(*signKey)
	if err != nil {
		return f.fault("-sign-key: %v", err)
	}
	secured, err := ownTLS.server(log)
	if err != nil {
		return f.fault("%v", err)
	}
	lis, status := f.listen("listen", *listen)
	if lis == nil {
		return status
	}
	if secured == nil && isOpen(lis) {
		log.Warn("whoever can dial this app may send commands, and its plain text can be read on the way: see -tls-cert and -tls-client-ca",
			"listen", lis.Addr().String())
	}
	err = app.Run(ctx, lis, app.Options{
		DB: *db, Redis: commands, Way: way, ChannelPrefix: *prefix, SigningKey: key, TLS: secured, Admission: admission, Log: log})
	switch {
	case errors.Is(err, store.ErrTaken):
		f.failed(err)
		return exitTaken
	case err != nil:
		return f.failed(err)
	}
	log.Info("vendor app ended")
	return exitOK
}

// readKey reads the key that signs, if there is one.
func readKey(file string) (*app.SigningKey, error) {
	if file == "" {
		return nil, nil
	}
	return app.ReadSigningKey(file)
}

// parseRedis reads a URL that drivers take too; its error shows nothing of it, as any part may hold some of a password.
func parseRedis(text string) (*redis.Options, error) {
	o, err := redis.ParseURL(text)
	isRedis := strings.HasPrefix(text, "redis://") || strings.HasPrefix(text, "rediss://")
	if err != nil || !isRedis || !isAddress(o.Addr) {
		return nil, errors.New("want redis:// or rediss:// and [user:password@]host[:port][/database]")
	}
	if host, _, _ := net.SplitHostPort(o.Addr); o.TLSConfig == nil && !loopback(host) && os.Getenv("REDIS_TLS") != "off" {
		return nil, fmt.Errorf("%s is not on the loopback, and redis:// is plain text, the password too; want rediss://, or REDIS_TLS=off", host)
	}
	return o, nil
}

// loopback asks nobody, as the drivers do: a name that only resolves to the loopback counts as elsewhere.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// isPrefix tells whether drivers take it as REDIS_PREFIX, too.
func isPrefix(text string) bool {
	odd := strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
	return !odd && len(text) <= 128
}

// secure has a Redis of rediss:// dialled with the certificates of the flags, where there are any.
func secure(o *redis.Options, t *tlsFlags, log *slog.Logger) error {
	store, err := t.open(log)
	switch {
	case err != nil:
		return err
	case o.TLSConfig == nil && store != nil:
		return errors.New("-redis-ca and its like go with rediss://")
	case o.TLSConfig == nil:
		return nil
	}
	config := func(string) *tls.Config { return o.TLSConfig }
	if store != nil {
		config = store.Client
	}
	o.Dialer = certs.Over(new(net.Dialer).DialContext, config)
	return nil
}

// parseAdmission reads serials separated by commas, or from a file: one a line, # begins a comment.
func parseAdmission(list string) (desk.Admission, error) {
	if list == "" {
		return desk.Admission{}, nil
	}
	if strings.Contains(list, ",") || list[0] >= '0' && list[0] <= '9' {
		return admitOnly(strings.Split(list, ","))
	}
	text, err := os.ReadFile(list)
	if err != nil {
		return desk.Admission{}, fmt.Errorf("%q is neither serial numbers with commas nor a file with one a line (%w)", list, err)
	}
	admission, err := admitOnly(contentOf(string(text)))
	if err != nil {
		return desk.Admission{}, fmt.Errorf("%s: %w", list, err)
	}
	return admission, nil
}

func admitOnly(words []string) (desk.Admission, error) {
	var serials []uint64
	for _, word := range words {
		serial, err := parseSerial(strings.TrimSpace(word))
		if err != nil {
			return desk.Admission{}, err
		}
		serials = append(serials, serial)
	}
	return desk.AdmitOnly(serials), nil
}

func contentOf(text string) (words []string) {
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line != "" {
			words = append(words, line)
		}
	}
	return words
}

func parseSerial(word string) (uint64, error) {
	serial, err := strconv.ParseUint(word, 10, 63)
	if err != nil || serial == 0 {
		return 0, fmt.Errorf("%q is no serial number: want a decimal number from 1", word)
	}
	return serial, nil
}
