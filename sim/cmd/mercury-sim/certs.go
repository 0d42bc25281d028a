package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"
	"time"

	"mercury-driver/sim/certs"
)

func certsCommand(_ context.Context, args []string, stdout, stderr io.Writer) int {
	f := newFlagSet("certs", "-out DIR [flags]", stdout, stderr)
	out := f.String("out", "", "`directory` for ca.pem, server.pem, client.pem and their keys in NAME-key.pem; the CA that is there signs, so that "+
		"the others are renewed")
	hosts := f.String("host", "", "more `names` and IP addresses, with commas, that the server is dialled under than localhost, 127.0.0.1 and ::1")
	var lasts time.Duration
	f.DurationVar(&lasts, "valid", 90*24*time.Hour, "`span` that they are good for from now; a negative one ended so long ago")
	if status, done := f.parseAll(args); done {
		return status
	}
	if *out == "" {
		return f.fault("-out is missing: it names the directory")
	}
	if lasts == 0 {
		return f.fault("-valid: %v is no time at all: want one from now on, or a negative one", lasts)
	}
	names := split(*hosts)
	for _, name := range names {
		if net.ParseIP(name) == nil && !hostName.MatchString(name) {
			return f.fault("-host: %q is neither a name nor an IP address: want a list with commas", name)
		}
	}
	now := time.Now()
	until := now.Add(lasts)
	if err := certs.Renew(*out, now.Add(min(0, lasts)-time.Hour), until, names...); err != nil {
		return f.failed(err)
	}
	fmt.Fprintf(stdout, "%s has certificates of its own CA for a server and a client, good until %s: to try things out, not for earnest\n",
		*out, until.UTC().Format(time.RFC3339))
	return exitOK
}

// hostName is what a certificate may be for, so that no mistake becomes a name that nobody dials; * is any first label.
var hostName = regexp.MustCompile(`^(\*\.)?[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9])?$`)

// split takes a list with commas apart; an empty one has nothing in it.
func split(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, ",")
}
