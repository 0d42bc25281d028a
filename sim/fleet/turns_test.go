package fleet

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

func TestDialsHaveTheirTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var dialled, ended atomic.Int32
		answer := make(chan struct{})
		dial := inTurns(func(context.Context, string, string) (net.Conn, error) {
			dialled.Add(1)
			<-answer
			return nil, nil
		}, 2)
		ctx, stop := context.WithCancel(t.Context())
		for range 5 {
			go func() {
				if _, err := dial(ctx, "tcp", ""); err != nil {
					ended.Add(1)
				}
			}()
		}
		synctest.Wait()
		if n := dialled.Load(); n != 2 {
			t.Errorf("%d dial at once", n)
		}
		answer <- struct{}{}
		synctest.Wait()
		if n := dialled.Load(); n != 3 {
			t.Errorf("%d have dialled when one of 2 has ended", n)
		}
		stop()
		synctest.Wait()
		if n := ended.Load(); n != 2 {
			t.Errorf("%d that waited for their turn were ended", n)
		}
		close(answer)
	})
}
