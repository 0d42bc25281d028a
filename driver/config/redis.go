package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

// redisURL is what go-redis dials.
func redisURL(field func(*Config) *Secret) kind {
	return secretURL("redis:// or rediss:// and [user:password@]host[:port][/database]", field, redisFault)
}

// inPassword is for whoever wrote a password as it is: its characters may end up in any part of the URL.
const inPassword = "; in a password write / as %2F, ? as %3F, # as %23 and % as %25"

// redisFault says what is wrong with a URL, and repeats nothing of it, as any part may hold some of the password.
func redisFault(value string) string {
	u, err := url.Parse(value)
	server, rest := splitURL(value)
	advice := ""
	if strings.Contains(rest, "@") { // the password's end is there: it was cut
		advice = inPassword
	}
	switch {
	case !strings.HasPrefix(value, "redis://") && !strings.HasPrefix(value, "rediss://"):
		return "it does not begin with redis:// or rediss://"
	case hasBadPort(server): // before err, which is about that too
		return "its port is not a whole number from 1 to 65535" + advice
	case err != nil:
		return "it can't be read as a URL" + inPassword
	case u.Hostname() == "":
		return "it names no host"
	case !isHost(u.Hostname()):
		return "its host has a : in it, and is no IPv6 address"
	case strings.Contains(value, "#"):
		return "it has a part behind a #" + advice
	case !isDatabase(u.Path):
		return "its database is not a whole number from 0" + advice
	case u.Query().Has("skip_verify"):
		return "its skip_verify would trust anybody: name Redis's CA in REDIS_CA instead"
	}
	if _, err := redis.ParseURL(value); err != nil {
		return "an option behind its ? is not known, or has a bad value" + advice
	}
	return ""
}

// splitURL returns a URL's host:port and what stands behind it, also of one that url.Parse does not take.
func splitURL(value string) (server, rest string) {
	_, server, _ = strings.Cut(value, "://")
	if end := strings.IndexAny(server, "/?#"); end >= 0 {
		server, rest = server[:end], server[end:]
	}
	return server[strings.LastIndex(server, "@")+1:], rest
}

func hasBadPort(server string) bool {
	_, port, err := net.SplitHostPort(server)
	return err == nil && port != "" && !isPort(port)
}

// isHost is false for what has a second port behind it, as in a:1:2, of which url.Parse takes the last alone for one.
func isHost(name string) bool {
	_, err := netip.ParseAddr(name)
	return err == nil || !strings.Contains(name, ":")
}

// isDatabase reports whether a URL's path names a database of Redis, or none.
func isDatabase(path string) bool {
	name := strings.Trim(path, "/")
	n, err := strconv.Atoi(name)
	return name == "" || err == nil && n >= 0
}

// clusterFault says why a cluster can't be what REDIS_URL names, or "".
func (c *Config) clusterFault() string {
	server, err := redis.ParseURL(c.RedisURL.Reveal())
	if err != nil || server.DB == 0 || c.CommandSource != "sharded" {
		return ""
	}
	return fmt.Sprintf("is sharded, but REDIS_URL names database %d; a cluster has only 0", server.DB)
}
