package config

import (
	"crypto/tls"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mercury-driver/sim/certs"
)

// made is a directory with a CA, a server's and a client's certificate, good for an hour.
func made(t *testing.T) (dir string) { return madeFrom(t, time.Now()) }

func madeFrom(t *testing.T, from time.Time) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := certs.Renew(dir, from, from.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Plain text leaves this machine only where somebody said so.
func TestWhetherALineIsEncrypted(t *testing.T) {
	dir := made(t)
	ca := filepath.Join(dir, "ca.pem")
	for name, test := range map[string]struct {
		env        map[string]string
		app, redis string
	}{
		"loopback addresses": {map[string]string{"VENDOR_APP_ADDR": "127.0.0.1:1", "REDIS_URL": "redis://127.9.9.9"}, "off", "off"},
		"loopback names":     {map[string]string{"VENDOR_APP_ADDR": "localhost:1", "REDIS_URL": "redis://u:p@localhost:1/2"}, "off", "off"},
		"loopback in IPv6":   {map[string]string{"VENDOR_APP_ADDR": "[::1]:1", "REDIS_URL": "redis://[::1]:1"}, "off", "off"},
		"off elsewhere":      {map[string]string{"VENDOR_APP_TLS": "off", "REDIS_TLS": "off"}, "off", "off"},
		"on elsewhere":       {map[string]string{"VENDOR_APP_TLS": "on", "REDIS_URL": "rediss://cache"}, "on", "on"},
		"on to the loopback": {map[string]string{"VENDOR_APP_ADDR": "127.0.0.1:1", "VENDOR_APP_TLS": "on", "REDIS_URL": "rediss://localhost"}, "on", "on"},
		"on, by a CA":        {map[string]string{"VENDOR_APP_CA": ca, "REDIS_CA": ca, "REDIS_URL": "rediss://cache"}, "on", "on"},
		"on, by a name":      {map[string]string{"VENDOR_APP_SERVER_NAME": "app", "REDIS_URL": "rediss://cache", "REDIS_TLS": "on"}, "on", "on"},
		"on the loopback, by a CA": {map[string]string{"VENDOR_APP_ADDR": "localhost:1", "VENDOR_APP_CA": ca,
			"REDIS_URL": "redis://localhost"}, "on", "off"},
	} {
		t.Run(name, func(t *testing.T) {
			env := map[string]string{"VENDOR_APP_TLS": "", "REDIS_TLS": ""}
			maps.Copy(env, test.env)
			c, faults := read(Flags{}, from(env))
			if faults != nil {
				t.Fatal(faults)
			}
			if c.VendorAppTLS.Use != test.app || c.RedisTLS.Use != test.redis {
				t.Errorf("vendor app %q, Redis %q; want %q and %q", c.VendorAppTLS.Use, c.RedisTLS.Use, test.app, test.redis)
			}
		})
	}
}

func TestFaultsOfALine(t *testing.T) {
	dir, other := made(t), made(t)
	in := func(name string) string { return filepath.Join(dir, name) }
	note := in("note.txt")
	if err := os.WriteFile(note, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	old, young := madeFrom(t, time.Now().Add(-2*time.Hour)), madeFrom(t, time.Now().Add(time.Hour))
	for name, test := range map[string]struct {
		env       map[string]string
		key, text string
	}{
		"the app elsewhere, nothing said": {map[string]string{"VENDOR_APP_TLS": ""}, "VENDOR_APP_TLS",
			"is not set, and app is not on the loopback; want on, with VENDOR_APP_CA"},
		"a name that may be the loopback": {map[string]string{"VENDOR_APP_TLS": "", "VENDOR_APP_ADDR": "localhost.example:1"},
			"VENDOR_APP_TLS", "or off for plain text"},
		"Redis elsewhere, nothing said": {map[string]string{"REDIS_TLS": ""}, "REDIS_TLS",
			"is not set, and cache is not on the loopback; want rediss:// in REDIS_URL; or off here for plain text"},
		"neither word":                {map[string]string{"VENDOR_APP_TLS": "yes"}, "VENDOR_APP_TLS", `one of on, off, not "yes"`},
		"off with a CA":               {map[string]string{"VENDOR_APP_CA": in("ca.pem")}, "VENDOR_APP_TLS", "is off, but VENDOR_APP_CA is set"},
		"redis:// with a CA":          {map[string]string{"REDIS_TLS": "", "REDIS_CA": in("ca.pem")}, "REDIS_CA", "want rediss://"},
		"redis:// and on":             {map[string]string{"REDIS_TLS": "on"}, "REDIS_TLS", "is on, but REDIS_URL says redis://; want rediss://"},
		"rediss:// and off":           {map[string]string{"REDIS_URL": "rediss://cache"}, "REDIS_TLS", "is off, but REDIS_URL says rediss://"},
		"rediss:// without checks":    {map[string]string{"REDIS_URL": "rediss://cache?skip_verify=true", "REDIS_TLS": ""}, "REDIS_URL", "skip_verify"},
		"a CA that is not there":      {map[string]string{"VENDOR_APP_TLS": "on", "VENDOR_APP_CA": in("none")}, "VENDOR_APP_CA", ": no such file or directory"},
		"a CA without one in it":      {map[string]string{"VENDOR_APP_TLS": "on", "VENDOR_APP_CA": note}, "VENDOR_APP_CA", note + " has no certificate in it"},
		"a certificate without key":   {map[string]string{"VENDOR_APP_TLS": "on", "VENDOR_APP_CERT": in("client.pem")}, "VENDOR_APP_KEY", "is not set, but VENDOR_APP_CERT is"},
		"a key without certificate":   {map[string]string{"VENDOR_APP_TLS": "on", "VENDOR_APP_KEY": in("client-key.pem")}, "VENDOR_APP_CERT", "is not set, but VENDOR_APP_KEY is"},
		"another certificate's key":   {own(dir, "client.pem", filepath.Join(other, "client-key.pem")), "VENDOR_APP_CERT", "client-key.pem are not a certificate and its key (tls: private key does not match"},
		"a key that is none":          {own(dir, "client.pem", note), "VENDOR_APP_CERT", note + " are not a certificate and its key (tls: failed to find any PEM data in key input)"},
		"a certificate that is none":  {own(dir, "note.txt", in("client-key.pem")), "VENDOR_APP_CERT", note + " and " + in("client-key.pem") + " are not a certificate"},
		"one that is past":            {own(old, "client.pem", filepath.Join(old, "client-key.pem")), "VENDOR_APP_CERT", "client.pem expired at 20"},
		"one that is not good yet":    {own(young, "client.pem", filepath.Join(young, "client-key.pem")), "VENDOR_APP_CERT", "client.pem is not good before 20"},
		"one for servers":             {own(dir, "server.pem", in("server-key.pem")), "VENDOR_APP_CERT", "is not for clients"},
		"a key instead of its file":   {map[string]string{"VENDOR_APP_TLS": "on", "VENDOR_APP_KEY": text(t, in("client-key.pem"))}, "VENDOR_APP_KEY", "the path of a PEM file"},
		"Redis's, named by their key": {map[string]string{"REDIS_URL": "rediss://cache", "REDIS_TLS": "", "REDIS_CERT": in("client.pem")}, "REDIS_KEY", "REDIS_CERT is"},
	} {
		t.Run(name, func(t *testing.T) {
			_, faults := read(Flags{}, from(test.env))
			if len(faults) != 1 {
				t.Fatalf("got %v, want one fault", faults)
			}
			if faults[0].Key != test.key || !strings.Contains(faults[0].Text, test.text) {
				t.Errorf("fault %q, want %s and %q in it", faults[0], test.key, test.text)
			}
			if strings.Contains(faults.Error(), "PRIVATE") {
				t.Errorf("it shows a key: %v", faults)
			}
		})
	}
}

// What can't be decided for a fault hides none of the others, and makes none up.
func TestAllFaultsOfALineAtOnce(t *testing.T) {
	dir := made(t)
	cert, key, note := filepath.Join(dir, "client.pem"), filepath.Join(dir, "client-key.pem"), filepath.Join(dir, "note.txt")
	if err := os.WriteFile(note, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		env  map[string]string
		want []string
	}{
		"neither word, a certificate that is none and no key": {map[string]string{"VENDOR_APP_TLS": "maybe", "VENDOR_APP_CERT": note},
			[]string{"VENDOR_APP_TLS", "VENDOR_APP_CERT", "VENDOR_APP_KEY"}},
		"no address, a CA that is none": {map[string]string{"VENDOR_APP_ADDR": "-", "VENDOR_APP_TLS": "", "VENDOR_APP_CA": note},
			[]string{"VENDOR_APP_ADDR", "VENDOR_APP_CA"}},
		"no address, off with a certificate": {map[string]string{"VENDOR_APP_ADDR": "", "VENDOR_APP_CERT": cert, "VENDOR_APP_KEY": key},
			[]string{"VENDOR_APP_ADDR", "VENDOR_APP_TLS"}},
		"neither word and no address":     {map[string]string{"VENDOR_APP_ADDR": "app", "VENDOR_APP_TLS": "maybe"}, []string{"VENDOR_APP_ADDR", "VENDOR_APP_TLS"}},
		"a key that is not there":         {own(dir, "client.pem", dir+"/none"), []string{"VENDOR_APP_KEY"}},
		"a certificate that is not there": {own(dir, "none", key), []string{"VENDOR_APP_CERT"}},
		"no URL of Redis, and a key alone": {map[string]string{"REDIS_URL": "", "REDIS_TLS": "", "REDIS_KEY": key, "REDIS_CA": note},
			[]string{"REDIS_URL", "REDIS_CA", "REDIS_CERT"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, faults := read(Flags{}, from(test.env))
			var keys []string
			for _, fault := range faults {
				keys = append(keys, fault.Key)
			}
			if !slices.Equal(keys, test.want) {
				t.Errorf("got %v, want faults of %q", faults, test.want)
			}
		})
	}
}

func own(dir, cert, key string) map[string]string {
	return map[string]string{"VENDOR_APP_TLS": "on", "VENDOR_APP_CERT": filepath.Join(dir, cert), "VENDOR_APP_KEY": key}
}

func text(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// What is loaded trusts the CA of the file alone, and shows our certificate.
func TestLoad(t *testing.T) {
	dir := made(t)
	settings := TLS{Keys: "REDIS", Use: "on", CA: filepath.Join(dir, "ca.pem"), Cert: filepath.Join(dir, "client.pem"),
		Key: filepath.Join(dir, "client-key.pem"), ServerName: "cache.example"}
	loaded, faults := settings.Load(time.Now())
	if faults != nil {
		t.Fatal(faults)
	}
	if loaded.ServerName != "cache.example" || loaded.MinVersion < tls.VersionTLS12 || loaded.InsecureSkipVerify {
		t.Errorf("%+v", loaded)
	}
	if own, err := loaded.GetClientCertificate(nil); err != nil || own.Leaf.Subject.CommonName != "mercury" {
		t.Errorf("shows %v, %v", own, err)
	}
	if loaded.RootCAs == nil {
		t.Error("it trusts the system's CAs")
	}
	if _, faults := settings.Load(time.Now().Add(2 * time.Hour)); len(faults) != 1 || !faults.has("REDIS_CERT") {
		t.Errorf("when the certificate is past: %v", faults)
	}
	if loaded, _ := (TLS{Keys: "REDIS"}).Load(time.Now()); loaded.RootCAs != nil || loaded.GetClientCertificate != nil {
		t.Errorf("without files: %+v", loaded)
	}
}
