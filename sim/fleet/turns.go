package fleet

import (
	"context"
	"net"

	"mercury-driver/sim/certs"
)

// handshakes is how many a fleet makes at once. Panels have processors of their own; those of thousands in one process,
// begun together, would all be too late.
const handshakes = 32

// inTurns dials by means of dial, at so many panels at once, and at the others when they have ended.
func inTurns(dial certs.DialFunc, most int) certs.DialFunc {
	turns := make(chan struct{}, most)
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		select {
		case turns <- struct{}{}:
			defer func() { <-turns }()
			return dial(ctx, network, address)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}
