package core

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strings"

	"mercury-driver/cvendor/scp"
	"mercury-driver/sim/link"
)

// TLS opens channels like TCP, for controllers that speak TLS as config wants it.
func TLS(config *tls.Config) Opener {
	return Sockets(func(port uint32) (net.Listener, error) {
		listener, err := listenTCP(port)
		if err != nil {
			return nil, err
		}
		return tls.NewListener(listener, config), nil
	})
}

// shake makes a connection's handshake and attaches it, or says whom it refused. Its time is that of a silent link.
func (s *sockets) shake(conn *tls.Conn) {
	ctx, cancel := context.WithTimeout(s.open, link.Silence(s.lib.options.PollEvery))
	defer cancel()
	if err := conn.HandshakeContext(ctx); err != nil {
		if why := refusal(err); why != "" {
			s.lib.refuse(s.channel, conn.RemoteAddr().String(), why)
		}
		conn.Close()
		return
	}
	s.attach(conn, strings.TrimPrefix(tls.VersionName(conn.ConnectionState().Version), "TLS "))
}

// refuse tells of a connection that was not let in. It never gets a number.
func (lib *Library) refuse(channel int16, peer, why string) {
	lib.counts.refused.Add(1)
	if q := &lib.channel(channel).queue; q.room() { // whoever knocks all the time must not fill it
		q.push(&Link{scp: -1}, &scp.Message{Kind: scp.CommRefused, Time: lib.options.Now().UnixNano(), Text: clip(peer + ": " + why)})
	}
}

// refusal is what a failed handshake had against the other end, or that end against us, in a few words; empty for
// a connection that merely ended, as those of load balancers do that look whether a port is open.
func refusal(err error) string {
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var plain tls.RecordHeaderError
	var network *net.OpError
	switch {
	case errors.As(err, &unknown):
		return "a certificate of another CA"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "a certificate out of its time"
	case errors.As(err, &plain):
		return "no TLS"
	case errors.As(err, &network) && network.Op == "remote error": // an alert
		return "refuses us: " + strings.TrimPrefix(network.Err.Error(), "tls: ")
	case strings.HasPrefix(err.Error(), "tls: "):
		return strings.TrimPrefix(err.Error(), "tls: ")
	}
	return ""
}
