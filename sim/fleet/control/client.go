package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"

	"mercury-driver/sim/fleet"
	"mercury-driver/sim/fleet/act"
	"mercury-driver/sim/fleet/fault"
)

// Client asks a fleet at an address, host:port. Any goroutine may use it; each call lasts as long as its context
// lets it.
type Client struct{ Address string }

// Panels are all panels, by their serials.
func (c Client) Panels(ctx context.Context) (states []fleet.State, err error) {
	return states, c.ask(ctx, http.MethodGet, "/panels", nil, &states)
}

// Panel is one of them.
func (c Client) Panel(ctx context.Context, serial uint64) (state fleet.State, err error) {
	return state, c.ask(ctx, http.MethodGet, panelPath(serial), nil, &state)
}

// Act does something at a panel, and returns how it is then.
func (c Client) Act(ctx context.Context, serial uint64, a act.Act) (state fleet.State, err error) {
	return state, c.ask(ctx, http.MethodPost, panelPath(serial)+"/acts", a, &state)
}

// Faults are those that are to come or active, by their ids.
func (c Client) Faults(ctx context.Context) (faults []fault.Fault, err error) {
	return faults, c.ask(ctx, http.MethodGet, "/faults", nil, &faults)
}

// Start starts one.
func (c Client) Start(ctx context.Context, spec fault.Spec) (f fault.Fault, err error) {
	return f, c.ask(ctx, http.MethodPost, "/faults", wish{spec}, &f)
}

// Stop stops one.
func (c Client) Stop(ctx context.Context, id int) error {
	return c.ask(ctx, http.MethodDelete, "/faults/"+strconv.Itoa(id), nil, &struct{}{})
}

func panelPath(serial uint64) string { return "/panels/" + strconv.FormatUint(serial, 10) }

// ask sends a request, with a body unless that is nil, and reads the answer. A refusal is an error in the fleet's
// own words.
func (c Client) ask(ctx context.Context, method, path string, body, answer any) error {
	var sent bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&sent).Encode(body); err != nil {
			return err
		}
	}
	request, err := http.NewRequestWithContext(ctx, method, "http://"+c.Address+path, &sent)
	if err != nil {
		return fmt.Errorf("control address %q: %w", c.Address, err)
	}
	request.Close = true // a command line asks once
	response, err := http.DefaultClient.Do(request)
	var shown *url.Error
	var undialled *net.OpError
	switch {
	case errors.As(err, &undialled) && undialled.Op == "dial":
		return fmt.Errorf("the fleet at %s can not be reached; start one with fleet -control %[1]s, or say with -control where one is (%[2]w)", c.Address, undialled)
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &shown):
		return fmt.Errorf("what answers at %s is no fleet (%w)", c.Address, shown.Err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		var r refusal
		json.NewDecoder(response.Body).Decode(&r)
		if r.Error == "" {
			return fmt.Errorf("what answers at %s is no fleet: %s", c.Address, response.Status)
		}
		return errors.New(r.Error)
	}
	if err := json.NewDecoder(response.Body).Decode(answer); err != nil {
		return fmt.Errorf("what answers at %s is no fleet (%w)", c.Address, err)
	}
	return nil
}
