package certs

import (
	"errors"
	"io"
	"net"
	"strings"
	"testing"
)

func TestAServerThatSpeaksNoTLS(t *testing.T) {
	client := clientOf(t, made(t))
	for name, test := range map[string]struct{ says, want string }{
		"hangs up":          {"", "see that it speaks TLS there (EOF)"},
		"says other things": {"-ERR Protocol error\r\n", "the server does not speak TLS; "},
	} {
		t.Run(name, func(t *testing.T) {
			address := serve(t, func(conn net.Conn) {
				conn.Read(make([]byte, 4096))
				io.WriteString(conn, test.says)
				conn.Close()
			})
			_, err := client.Over(new(net.Dialer).DialContext)(t.Context(), "tcp", address)
			if noTLS := (*HandshakeError)(nil); !errors.As(err, &noTLS) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
}
