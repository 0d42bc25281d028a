package fleet

import (
	"context"
	"net"
	"runtime"
	"testing"
)

// Ten thousand panels must fit into a process. The connections, and what a process allocates before it collects
// its garbage, come on top of this.
func TestMemoryPerPanel(t *testing.T) {
	const most = 8 << 10
	unanswered := func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	before := memoryInUse()
	f, _ := launch(t, Options{Connect: []string{"memory:1"}, Panels: MaxPanels, Dial: unanswered})
	if s := f.Stats(); s.Logged != MaxPanels {
		t.Errorf("%d panels started", s.Logged)
	}
	each := (int64(memoryInUse()) - int64(before)) / MaxPanels
	t.Logf("%d bytes a panel, of %d", each, MaxPanels)
	if each > most {
		t.Errorf("%d bytes a panel, more than %d", each, most)
	}
}

func memoryInUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}
