package config

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"time"
)

// TLS is how one of our lines is secured: the one to the vendor app, or that to Redis.
type TLS struct {
	// Keys is what the names of its settings begin with: VENDOR_APP or REDIS.
	Keys string
	// Use is on, or off for plain text.
	Use string
	// CA is a PEM file of those who may have signed the server's certificate; empty is the system's CAs.
	CA string
	// Cert and Key are PEM files: the certificate that we show with its chain, and its key; empty for none.
	Cert, Key string
	// ServerName is whom the server's certificate must be for; empty is the host that is dialled.
	ServerName string
}

// The words of TLS.Use, and what it means that neither was said.
const (
	tlsOn     = "on"
	tlsOff    = "off"
	tlsUnsaid = "on with a CA, certificate or name; off on the loopback; else needed"
)

// On reports whether the line is encrypted.
func (t TLS) On() bool { return t.Use == tlsOn }

// settleTLS decides for both lines whether they are encrypted, and looks into the files of those that are. Of a line
// that can't be decided on, it looks at what else is wrong.
func (c *Config) settleTLS(known Faults) (faults Faults) {
	if app := &c.VendorAppTLS; app.faulty(known) {
		faults = app.fileFaults()
	} else {
		host, _, _ := splitAddress(c.VendorAppAddr)
		faults = app.settle(host, "on, with VENDOR_APP_CA where no public CA signed the app's "+
			"certificate; or off for plain text")
	}
	if c.RedisTLS.faulty(known) {
		faults = append(faults, c.RedisTLS.fileFaults()...)
	} else {
		faults = append(faults, c.settleRedisTLS()...)
	}
	// A key with a fault has no value, and would be called not set.
	return slices.DeleteFunc(faults, func(fault Fault) bool { return known.has(fault.Key) })
}

// settleRedisTLS goes by the URL's scheme, which says on or off by itself. REDIS_TLS is there to say off where plain
// text leads away from this machine.
func (c *Config) settleRedisTLS() Faults {
	t := &c.RedisTLS
	u, err := url.Parse(c.RedisURL.Reveal())
	if err != nil {
		return nil // a fault of REDIS_URL, which is known
	}
	switch encrypted, detail := u.Scheme == "rediss", t.detail(); {
	case encrypted && t.Use == tlsOff:
		return Faults{{"REDIS_TLS", "is off, but REDIS_URL says rediss://; want redis:// there for plain text"}}
	case encrypted:
		t.Use = tlsOn
	case t.Use == tlsOn:
		return Faults{{"REDIS_TLS", "is on, but REDIS_URL says redis://; want rediss:// there"}}
	case detail != "":
		return Faults{{detail, "is set, but REDIS_URL says redis://; want rediss:// there"}}
	}
	return t.settle(u.Hostname(), "rediss:// in REDIS_URL; or off here for plain text")
}

// settle is for a line to a host; way is what may be done where nobody said whether it is to be encrypted.
func (t *TLS) settle(host, way string) Faults {
	switch {
	case t.Use == "" && t.detail() != "":
		t.Use = tlsOn
	case t.Use == "" && loopback(host):
		t.Use = tlsOff
	case t.Use == "":
		return Faults{{t.Keys + "_TLS", fmt.Sprintf("is not set, and %s is not on the loopback; want %s", host, way)}}
	}
	return t.fileFaults()
}

// fileFaults looks into a line's files. One that is off must not have any.
func (t TLS) fileFaults() (faults Faults) {
	switch detail := t.detail(); {
	case t.Use != tlsOff:
		_, faults = t.Load(time.Now())
	case detail != "":
		faults = Faults{{t.Keys + "_TLS", fmt.Sprintf("is off, but %s is set; want on, or no %[1]s", detail)}}
	}
	return faults
}

// loopback asks nobody: a name that only resolves to the loopback counts as elsewhere.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// detail is the first key that only an encrypted line can have and that is set, or "".
func (t TLS) detail() string {
	for _, set := range []struct{ ending, value string }{
		{"_CA", t.CA}, {"_CERT", t.Cert}, {"_KEY", t.Key}, {"_SERVER_NAME", t.ServerName},
	} {
		if set.value != "" {
			return t.Keys + set.ending
		}
	}
	return ""
}

// faulty reports whether there is a fault of a key that the line depends on: it can't be settled then.
func (t TLS) faulty(known Faults) bool {
	return slices.ContainsFunc([]string{"_ADDR", "_URL", "_TLS", "_CA", "_CERT", "_KEY", "_SERVER_NAME"},
		func(ending string) bool { return known.has(t.Keys + ending) })
}
