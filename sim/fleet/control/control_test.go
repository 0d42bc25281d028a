package control

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"go.uber.org/goleak"

	"mercury-driver/sim/fleet"
	"mercury-driver/sim/fleet/act"
	"mercury-driver/sim/fleet/fault"
	"mercury-driver/sim/libmpl/core"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig is a library, three panels that dial it, and a client of their control API.
type rig struct {
	t      *testing.T
	lib    *core.Library
	client Client
}

func newRig(t *testing.T) *rig {
	t.Helper()
	var port net.Listener
	r := &rig{t: t, lib: core.New(core.Options{Open: core.Sockets(func(uint32) (_ net.Listener, err error) {
		port, err = net.Listen("tcp", "127.0.0.1:0")
		return port, err
	})})}
	if err := r.lib.Config("9001 0 0"); err != nil {
		t.Fatal(err)
	}
	f, err := fleet.New(fleet.Options{Connect: []string{port.Addr().String()}, Panels: 3, FirstSerial: 61000, Seed: 1, Scenario: "idle"})
	if err != nil {
		t.Fatal(err)
	}
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r.client.Address = lis.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	f.Start(ctx)
	served := make(chan error, 1)
	go func() { served <- Serve(ctx, lis, f) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
		if err := f.Wait(); err != nil {
			t.Error(err)
		}
		r.lib.Close()
	})
	return r
}

// eventually waits until the panels are as they should.
func (r *rig) eventually(what string, met func(states []fleet.State) bool) {
	r.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		states, err := r.client.Panels(r.t.Context())
		if err != nil {
			r.t.Fatal(err)
		}
		if met(states) {
			return
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("not %s: %+v", what, states)
		}
	}
}

func attached(want int) func([]fleet.State) bool {
	return func(states []fleet.State) bool {
		n := 0
		for _, s := range states {
			if s.Attached {
				n++
			}
		}
		return n == want
	}
}

func TestPanelsAndActs(t *testing.T) {
	r := newRig(t)
	r.eventually("attached", attached(3))
	state, err := r.client.Act(t.Context(), 61001, act.Act{Name: "swipe", Numbers: map[string]uint64{"reader": 1, "card": 1001}})
	want := fleet.State{Serial: 61001, Up: true, Attached: true, Links: 1, Faults: []string{}, LogEpoch: 1, Oldest: 1, Newest: 2, Moves: 1}
	if err != nil || fmt.Sprint(state) != fmt.Sprint(want) {
		t.Errorf("%+v, %v", state, err)
	}
	if again, err := r.client.Panel(t.Context(), 61001); err != nil || fmt.Sprint(again) != fmt.Sprint(want) {
		t.Errorf("%+v, %v", again, err)
	}
	if states, err := r.client.Panels(t.Context()); err != nil || len(states) != 3 || states[0].Serial != 61000 || states[0].Newest != 1 {
		t.Errorf("%+v, %v", states, err)
	}
}

func spec(t *testing.T, line string) fault.Spec {
	t.Helper()
	spec, err := fault.Parse(line)
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

func TestFaults(t *testing.T) {
	r := newRig(t)
	r.eventually("attached", attached(3))
	asked := spec(t, "power-loss serial 61001-61002")
	lost, err := r.client.Start(t.Context(), asked)
	if want := (fault.Fault{ID: 1, Spec: asked, Panels: 2}); err != nil || !reflect.DeepEqual(lost, want) {
		t.Errorf("%+v, %v", lost, err)
	}
	r.eventually("two without power", func(states []fleet.State) bool {
		return states[0].Up && !states[1].Up && !states[2].Up && states[1].Faults[0] == "power-loss"
	})
	list, err := r.client.Faults(t.Context())
	if want := []fault.Fault{{ID: 1, Spec: asked, Panels: 2, Active: 2, Times: 2}}; err != nil || !reflect.DeepEqual(list, want) {
		t.Errorf("%+v, %v", list, err)
	}
	if err := r.client.Stop(t.Context(), lost.ID); err != nil {
		t.Error(err)
	}
	r.eventually("all back", func(states []fleet.State) bool {
		list, err := r.client.Faults(t.Context()) // a link that fell silent counts as attached until then
		return err == nil && len(list) == 0 && attached(3)(states)
	})
}

func TestWhatMakesNoSense(t *testing.T) {
	r := newRig(t)
	for what, ask := range map[string]func(c Client) error{
		"there is no panel 5":              func(c Client) error { _, err := c.Panel(t.Context(), 5); return err },
		"there is no panel 61003":          func(c Client) error { _, err := c.Act(t.Context(), 61003, act.Act{Name: "swipe"}); return err },
		`"dance" is no act; there are swi`: func(c Client) error { _, err := c.Act(t.Context(), 61000, act.Act{Name: "dance"}); return err },
		`"rust" is no kind of fault`:       func(c Client) error { _, err := c.Start(t.Context(), fault.Spec{Kind: "rust"}); return err },
		"serial: there is no panel with":   func(c Client) error { _, err := c.Start(t.Context(), spec(t, "drop serial 5")); return err },
		"there is no fault 9":              func(c Client) error { return c.Stop(t.Context(), 9) },
		"read the request: http: request body too large": func(c Client) error {
			_, err := c.Start(t.Context(), fault.Spec{Kind: strings.Repeat("x", longestBody)})
			return err
		},
		"the fleet at 127.0.0.1:1 can not be reached": func(Client) error {
			_, err := Client{"127.0.0.1:1"}.Panels(t.Context())
			return err
		},
		"is no fleet (": func(Client) error {
			_, err := Client{miniredis.RunT(t).Addr()}.Panels(t.Context())
			return err
		},
		"is no fleet: 404 Not Found": func(c Client) error { return c.ask(t.Context(), http.MethodGet, "/", nil, nil) },
	} {
		if err := ask(r.client); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%v, want %s", err, what)
		}
	}
}

// By hand, as curl does it.
func TestTheWire(t *testing.T) {
	r := newRig(t)
	r.eventually("attached", attached(3))
	for _, tc := range []struct {
		method, path, body string
		status             int
		answer             string
	}{
		{"POST", "/faults", `{"fault":"nak chance 5% at 1h"}`, 200, `{"id":1,"fault":"nak at 1h0m0s chance 5%","panels":3,"active":0,"times":0}`},
		{"GET", "/faults", "", 200, `[{"id":1,"fault":"nak at 1h0m0s chance 5%","panels":3,"active":0,"times":0}]`},
		{"DELETE", "/faults/1", "", 200, `{}`},
		{"GET", "/faults", "", 200, `[]`},
		{"POST", "/faults", `{"fault":"nak often"}`, 400, `{"error":"read the request: \"often\" says nothing of a fault; there are serial, share, at,`},
		{"POST", "/faults", `{}`, 400, `{"error":"no kind of fault is named; there are nak, late-reply,`},
		{"DELETE", "/faults/one", "", 404, `{"error":"there is no fault one"}`},
		{"POST", "/panels/61000/acts", `{"act":"cut-mains"}`, 200, `{"serial":61000,"up":true,"attached":true,"links":1,"faults":[],` +
			`"log_epoch":1,"oldest":1,"newest":2,"acknowledged":0,"commands":0,"moves":0}`},
		{"POST", "/panels/61000/acts", `{"acts":"cut-mains"}`, 400, `{"error":"read the request: json: unknown field \"acts\""}`},
		{"POST", "/panels/61000/acts", `{"act":"swipe","numbers":{"reader":-1}}`, 400, `{"error":"read the request: json: cannot unmarshal`},
	} {
		request, err := http.NewRequest(tc.method, "http://"+r.client.Address+tc.path, strings.NewReader(tc.body))
		if err != nil {
			t.Fatal(err)
		}
		request.Close = true
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != tc.status || !strings.HasPrefix(string(text), tc.answer) {
			t.Errorf("%s %s %s: %d %s (%v)", tc.method, tc.path, tc.body, response.StatusCode, text, err)
		}
	}
}
