package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCertificates(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "certs")
	status, stdout, stderr := call("certs", "-out", dir, "-host", "app.example,192.0.2.7")
	if status != exitOK || !strings.Contains(stdout, dir) {
		t.Fatalf("status %d, %q, %q", status, stdout, stderr)
	}
	before := contents(t, dir)
	for _, name := range []string{"ca", "server", "client"} {
		if !strings.Contains(before[name+".pem"], "BEGIN CERTIFICATE") || !strings.Contains(before[name+"-key.pem"], "BEGIN PRIVATE KEY") {
			t.Errorf("%s.pem or its key is no PEM", name)
		}
	}
	if status, _, stderr := call("certs", "-out", dir); status != exitOK {
		t.Fatalf("status %d, %q", status, stderr)
	}
	after := contents(t, dir)
	if after["ca.pem"] != before["ca.pem"] || after["server.pem"] == before["server.pem"] || after["client.pem"] == before["client.pem"] {
		t.Error("a second call does not renew what its CA signed, and that alone")
	}
	if len(after) != 6 {
		t.Errorf("there are %d files", len(after))
	}
}

func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	texts := make(map[string]string)
	for _, entry := range entries {
		text, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		texts[entry.Name()] = string(text)
	}
	return texts
}

// An app that serves TLS answers those who have a certificate of its CA, and no others.
func TestSendOverTLS(t *testing.T) {
	dir, foreign := t.TempDir(), t.TempDir()
	for _, made := range []string{dir, foreign} {
		if status, _, stderr := call("certs", "-out", made); status != exitOK {
			t.Fatal(stderr)
		}
	}
	a := start(t, "app", "-listen", "127.0.0.1:0", "-db", t.TempDir()+"/app.db", "-redis", "redis://127.0.0.1:1",
		"-tls-cert", dir+"/server.pem", "-tls-key", dir+"/server-key.pem", "-tls-client-ca", dir+"/ca.pem")
	app := a.addr(t)
	for name, test := range map[string]struct {
		flags []string
		says  string
	}{
		"with a certificate":           {[]string{"-tls-ca", dir + "/ca.pem", "-tls-cert", dir + "/client.pem", "-tls-key", dir + "/client-key.pem"}, "status: refused after"},
		"without one":                  {[]string{"-tls-ca", dir + "/ca.pem"}, "see -tls-ca, -tls-cert"},
		"with one of another CA":       {[]string{"-tls-ca", dir + "/ca.pem", "-tls-cert", foreign + "/client.pem", "-tls-key", foreign + "/client-key.pem"}, "see -tls-ca, -tls-cert"},
		"to a server that is no app":   {[]string{"-tls-ca", foreign + "/ca.pem"}, "see -tls-ca, -tls-cert and -tls-key, or whether that is an app at all (connection error: desc = \"transport: authentication handshake failed"},
		"in plain text to one that is": {nil, "it is there, but may want TLS"},
	} {
		t.Run(name, func(t *testing.T) {
			args := append([]string{"send", "5", "status", "-app", app, "-ttl", "2s"}, test.flags...)
			status, stdout, stderr := call(args...)
			if status != exitFailed || !strings.Contains(stdout+stderr, test.says) {
				t.Errorf("status %d, %q, %q; want %q", status, stdout, stderr, test.says)
			}
		})
	}
}

// A Redis that speaks plain text is said to, in the log and to who sends a command, which reached nobody.
func TestARedisThatSpeaksNoTLS(t *testing.T) {
	redis := start(t, "redis", "-listen", "127.0.0.1:0").addr(t)
	dir := t.TempDir()
	if status, _, stderr := call("certs", "-out", dir); status != exitOK {
		t.Fatal(stderr)
	}
	for name, flags := range map[string][]string{"with the system's CAs": nil, "with a CA": {"-redis-ca", dir + "/ca.pem"}} {
		t.Run(name, func(t *testing.T) {
			a := start(t, append([]string{"app", "-listen", "127.0.0.1:0", "-db", t.TempDir() + "/app.db", "-redis", "rediss://" + redis}, flags...)...)
			const want = "see that it speaks TLS there"
			status, stdout, stderr := call("send", "5", "status", "-app", a.addr(t), "-route", "claim")
			if status != exitFailed || !strings.Contains(stdout, "status: refused after") || !strings.Contains(stdout, want) {
				t.Errorf("status %d, %q, %q", status, stdout, stderr)
			}
			until(t, "the log says it", func() bool { return strings.Contains(a.stdout.String(), want) })
		})
	}
}

func TestFaultsOfTLSFlags(t *testing.T) {
	dir := t.TempDir()
	if status, _, stderr := call("certs", "-out", dir); status != exitOK {
		t.Fatal(stderr)
	}
	for args, want := range map[string]string{
		"certs":                                       "-out is missing",
		"certs -out DIR -valid 5":                     `"5" for flag -valid: want a span with its unit, as 30s or 5m`,
		"certs -out DIR -valid 0s":                    "-valid: 0s is no time at all",
		"certs -out DIR -host a;b":                    `-host: "a;b" is neither a name nor an IP address`,
		"certs -out DIR -host a,":                     `-host: "" is neither`,
		"certs -out DIR -host https://a/":             `-host: "https://a/" is neither`,
		"app -db x -tls-cert DIR/server.pem":          "-tls-cert and -tls-key go together",
		"app -db x -tls-client-ca DIR/ca.pem":         "-tls-client-ca goes with -tls-cert and -tls-key",
		"app -db x -tls-cert none -tls-key none":      "none",
		"app -db x -redis-ca DIR/ca.pem":              "-redis-ca and its like go with rediss://",
		"app -db x -redis rediss://h -redis-ca none":  "none",
		"send 5 status -tls-ca none":                  "none",
		"send 5 status -tls-key DIR/client-key.pem":   "-tls-cert and -tls-key go together",
		"fleet -connect a:1 -tls-ca DIR/ca-key.pem":   "has no certificate in it",
		"fleet -connect a:1 -tls-cert DIR/client.pem": "-tls-cert and -tls-key go together",
	} {
		t.Run(args, func(t *testing.T) {
			status, stdout, stderr := call(strings.Fields(strings.ReplaceAll(args, "DIR", dir))...)
			if status != exitUsage || stdout != "" || !strings.Contains(stderr, want) {
				t.Errorf("status %d, stdout %q, stderr %q; want 64 and %q", status, stdout, stderr, want)
			}
		})
	}
}
