package fleet

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mercury-driver/cvendor/scp"
	"mercury-driver/sim/libmpl/core"
)

// window is how many transactions beyond the acknowledged ones a host of these tests asks for.
const window = 64

// name is a transaction for ever.
type name struct {
	serial uint64
	epoch  uint32
	index  uint64
}

// vault is what hosts have stored, in the order of arrival; several hosts may share one.
type vault struct {
	mu      sync.Mutex
	newest  map[uint64]name // by serial
	kinds   map[name]scp.Kind
	repeats int
	holes   []string
	replies []scp.Message
}

func newVault() *vault {
	return &vault{newest: map[uint64]name{}, kinds: map[name]scp.Kind{}}
}

// take stores a transaction. In one epoch they must come without holes.
func (v *vault) take(n name, kind scp.Kind) {
	v.mu.Lock()
	defer v.mu.Unlock()
	last := v.newest[n.serial]
	if _, known := v.kinds[n]; known {
		v.repeats++
		return
	}
	if n.epoch == last.epoch && n.index != last.index+1 || n.epoch != last.epoch && n.index != 1 {
		v.holes = append(v.holes, fmt.Sprintf("%v after %v", n, last))
	}
	v.kinds[n], v.newest[n.serial] = kind, n
}

func (v *vault) last(serial uint64) name {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.newest[serial]
}

func (v *vault) took() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.kinds)
}

// host is the least that a driver does: it accepts every panel, lets it report a window ahead, stores,
// and acknowledges.
type host struct {
	lib     *core.Library
	address string
	vault   *vault
	orders  chan string // lines to post, with %d for the scp
	panels  map[int16]*attached
	over    chan struct{}
	ended   sync.WaitGroup
}

type attached struct {
	serial uint64
	epoch  uint32
	stored uint64
	told   uint64 // acknowledged up to
}

// startHost opens a library on a port of its own, or on what listen returns.
func startHost(t *testing.T, v *vault, listen func() (net.Listener, error)) *host {
	t.Helper()
	h := &host{vault: v, orders: make(chan string, 16), panels: map[int16]*attached{}, over: make(chan struct{})}
	h.lib = core.New(core.Options{Open: core.Sockets(func(uint32) (net.Listener, error) {
		l, err := listen()
		if err == nil && l.Addr() != nil {
			h.address = l.Addr().String()
		}
		return l, err
	})})
	if err := h.lib.Config("9001 0 0"); err != nil {
		t.Fatal(err)
	}
	h.ended.Go(h.serve)
	t.Cleanup(h.stop)
	return h
}

func onLoopback() (net.Listener, error) { return net.Listen("tcp", "127.0.0.1:0") }

func (h *host) stop() {
	select {
	case <-h.over:
		return
	default:
	}
	close(h.over)
	h.ended.Wait()
	h.lib.Close()
}

func (h *host) serve() {
	var m scp.Message
	for {
		select {
		case <-h.over:
			return
		case order := <-h.orders:
			for number := range h.panels {
				h.lib.Config(fmt.Sprintf(order, number))
			}
		default:
		}
		for h.lib.GetMessage(0, &m) {
			h.take(&m)
		}
		for number, a := range h.panels {
			h.acknowledge(number, a)
		}
		h.lib.Wait(0, 10*time.Millisecond)
	}
}

func (h *host) take(m *scp.Message) {
	switch a := h.panels[m.SCP]; {
	case m.Kind == scp.IdentityTold:
		h.admit(m)
	case m.Kind == scp.CommOffline:
		delete(h.panels, m.SCP)
	case m.Kind == scp.CommandReply:
		h.vault.mu.Lock()
		h.vault.replies = append(h.vault.replies, *m)
		h.vault.mu.Unlock()
	case m.Kind.Transaction():
		h.vault.take(name{a.serial, m.LogEpoch, m.Index}, m.Kind)
		a.stored = max(a.stored, m.Index)
		if a.stored-a.told >= window/4 {
			h.acknowledge(m.SCP, a)
		}
	}
}

// admit lets a panel go on behind what is stored of its epoch.
func (h *host) admit(m *scp.Message) {
	a := &attached{serial: m.Identity.Serial, epoch: m.Identity.LogEpoch}
	if last := h.vault.last(a.serial); last.epoch == a.epoch {
		a.stored = last.index // the acknowledgement may have been lost with the link before
	}
	h.panels[m.SCP] = a
	for _, line := range []string{
		fmt.Sprintf("9003 %d", m.SCP),
		fmt.Sprintf("9021 %d %d %d", m.SCP, a.epoch, a.stored+1),
		fmt.Sprintf("9022 %d %d %d", m.SCP, a.epoch, a.stored+window),
	} {
		h.lib.Config(line)
	}
}

func (h *host) acknowledge(number int16, a *attached) {
	if a.told == a.stored || h.lib.Config(fmt.Sprintf("9020 %d %d %d", number, a.epoch, a.stored)) != nil {
		return
	}
	a.told = a.stored
	h.lib.Config(fmt.Sprintf("9022 %d %d %d", number, a.epoch, a.stored+window))
}

// journalled reads the panels' logs, without any code of theirs.
func journalled(t *testing.T, dir string) map[name]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.log"))
	if err != nil {
		t.Fatal(err)
	}
	logged := map[name]string{}
	for _, file := range files {
		var n name
		fmt.Sscanf(filepath.Base(file), "%d.log", &n.serial)
		for _, line := range lines(t, file) {
			var entry struct {
				Epoch uint32
				Index uint64
				Kind  string
			}
			if err := json.Unmarshal([]byte(line), &entry); err != nil {
				t.Fatalf("%s: %v in %s", file, err, line)
			}
			n.epoch, n.index = entry.Epoch, entry.Index
			if _, twice := logged[n]; twice {
				t.Fatalf("%s has %v twice", file, n)
			}
			logged[n] = entry.Kind
		}
	}
	return logged
}

func lines(t *testing.T, file string) (all []string) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		all = append(all, s.Text())
	}
	return all
}

// compare asserts that hosts have stored what panels have logged, no less and no more.
func compare(t *testing.T, v *vault, logged map[name]string) {
	t.Helper()
	v.mu.Lock()
	defer v.mu.Unlock()
	for n, kind := range logged {
		if got, stored := v.kinds[n]; !stored || got.String() != kind {
			t.Errorf("%v was logged as %s, stored as %v (%v)", n, kind, got, stored)
		}
	}
	for n, kind := range v.kinds {
		if _, known := logged[n]; !known {
			t.Errorf("%v was stored as %s, and never logged", n, kind)
		}
	}
	if len(v.holes) > 0 {
		t.Errorf("holes: %s", strings.Join(v.holes[:min(len(v.holes), 5)], ", "))
	}
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, met func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !met(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not %s within 30 s", what)
		}
	}
}

// answers are the replies to commands other than those of links and logs, by their results.
func (v *vault) answers() (list []string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, m := range v.replies {
		list = append(list, fmt.Sprintf("%d %s", m.Result, m.NAK))
	}
	slices.Sort(list)
	return slices.Compact(list)
}
