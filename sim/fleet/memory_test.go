package fleet

import (
	"runtime"
	"testing"
)

// Ten thousand panels must fit into a process.
func TestMemoryPerPanel(t *testing.T) {
	const most = 8 << 10
	before := memoryInUse()
	f, _ := launch(t, Options{Connect: []string{"127.0.0.1:9"}, Panels: MaxPanels})
	eventually(t, "all started", func() bool { return f.Stats().Logged == MaxPanels })
	each := (memoryInUse() - before) / MaxPanels
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
