package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"mercury-driver/sim/fleet"
	"mercury-driver/sim/fleet/act"
	"mercury-driver/sim/fleet/fault"
	"mercury-driver/sim/panel"
)

const (
	longestBody = 64 << 10
	patience    = 5 * time.Second // with a client that is slow to ask, or to go
)

// Serve serves a fleet that was started until ctx ends, and closes lis.
func Serve(ctx context.Context, lis net.Listener, f *fleet.Fleet) error {
	server := &http.Server{Handler: handler(f), ReadTimeout: patience, WriteTimeout: patience}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(lis) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve the fleet's control API: %w", err)
	case <-ctx.Done():
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if server.Shutdown(ctx) != nil {
		server.Close()
	}
	<-ended
	return nil
}

// service answers requests about a fleet.
type service struct{ fleet *fleet.Fleet }

func handler(f *fleet.Fleet) http.Handler {
	s, mux := service{f}, http.NewServeMux()
	for pattern, answer := range map[string]func(*http.Request) (any, error){
		"GET /panels":                s.panels,
		"GET /panels/{serial}":       s.panel,
		"POST /panels/{serial}/acts": s.act,
		"GET /faults":                s.faults,
		"POST /faults":               s.start,
		"DELETE /faults/{id}":        s.stop,
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			r.Body = http.MaxBytesReader(w, r.Body, longestBody)
			write(w, answer, r)
		})
	}
	return mux
}

// notThere is what was asked for by a number that nothing has: "panel 5".
type notThere string

func (n notThere) Error() string { return "there is no " + string(n) }

func write(w http.ResponseWriter, answer func(*http.Request) (any, error), r *http.Request) {
	body, err := answer(r)
	w.Header().Set("Content-Type", "application/json")
	switch {
	case errors.As(err, new(notThere)):
		w.WriteHeader(http.StatusNotFound)
	case err != nil:
		w.WriteHeader(http.StatusBadRequest)
	}
	if err != nil {
		body = refusal{err.Error()}
	}
	json.NewEncoder(w).Encode(body) // a client that is gone needs no answer
}

func (s service) panels(*http.Request) (any, error) {
	states := make([]fleet.State, 0, len(s.fleet.Panels()))
	for _, m := range s.fleet.Panels() {
		states = append(states, m.State())
	}
	return states, nil
}

func (s service) panel(r *http.Request) (any, error) {
	m, err := s.member(r)
	if err != nil {
		return nil, err
	}
	return m.State(), nil
}

func (s service) member(r *http.Request) (*fleet.Member, error) {
	serial, err := strconv.ParseUint(r.PathValue("serial"), 10, 63)
	if m := s.fleet.Panel(serial); err == nil && m != nil {
		return m, nil
	}
	return nil, notThere("panel " + r.PathValue("serial"))
}

func (s service) act(r *http.Request) (any, error) {
	m, err := s.member(r)
	if err != nil {
		return nil, err
	}
	var a act.Act
	if err := read(r, &a); err != nil {
		return nil, err
	}
	m.Act(func(p *panel.Panel) { err = a.Do(p) })
	return m.State(), err
}

func (s service) faults(*http.Request) (any, error) {
	return append([]fault.Fault{}, s.fleet.Faults()...), nil // none is [], not null
}

func (s service) start(r *http.Request) (any, error) {
	var w wish
	if err := read(r, &w); err != nil {
		return nil, err
	}
	return s.fleet.StartFault(w.Fault)
}

func (s service) stop(r *http.Request) (any, error) {
	id, err := strconv.Atoi(r.PathValue("id"))
	if err != nil || s.fleet.StopFault(id) != nil {
		return nil, notThere("fault " + r.PathValue("id"))
	}
	return struct{}{}, nil
}

func read(r *http.Request, to any) error {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		return fmt.Errorf("read the request: %w", err)
	}
	return nil
}
