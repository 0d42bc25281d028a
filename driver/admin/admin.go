// Package admin is the window that engineers and machines look through: whether the process is alive,
// whether it is ready for controllers, and its numbers for Prometheus.
//
// It only shows. It changes nothing, keeps no numbers of its own, and refuses everything but reading.
// It has no access control, so its address belongs on the loopback or on a network of one's own.
package admin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"time"

	"mercury-driver/driver/config"
)

// Server answers on one address.
type Server struct {
	addr     string
	http     *http.Server
	listener net.Listener // nil: it shows nothing
}

// New makes a server for host:port. An empty address is a server that shows nothing.
func New(addr string, s Sources, log *slog.Logger) *Server {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", s.health)
	mux.HandleFunc("GET /readyz", s.ready)
	mux.Handle("GET /metrics", s.metrics())
	return &Server{addr: addr, http: &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       5 * time.Second,
		WriteTimeout:      10 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelError),
	}}
}

// leaveWithin is how long answers that are under way may take when the server ends.
const leaveWithin = time.Second

// Listen takes the address, so that a fault of it is known before anything else starts. Run serves there, and must
// follow. An error names ADMIN_ADDR: config.Faults when nobody could listen there, syscall.EADDRINUSE when another
// process does. Looking up a host's name may take seconds.
func (s *Server) Listen() (err error) {
	if s.addr == "" {
		return nil
	}
	s.listener, err = net.Listen("tcp", s.addr)
	var unresolved *net.DNSError
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("ADMIN_ADDR: %s is in use: another process listens there; set another host:port, or off (%w)",
			s.addr, syscall.EADDRINUSE)
	case errors.As(err, &unresolved):
		return s.fault("names no host that can be found (" + unresolved.Err + ")")
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return s.fault("is no address of this machine")
	case errors.Is(err, syscall.EACCES):
		return s.fault("is not for this user to listen on")
	case err != nil:
		return fmt.Errorf("ADMIN_ADDR: %w", err)
	}
	return nil
}

// fault is an address at which this process can never listen.
func (s *Server) fault(text string) error {
	return config.Faults{{Key: "ADMIN_ADDR", Text: s.addr + " " + text + "; want another host:port, or off"}}
}

// Run serves until ctx ends, and then returns nil.
func (s *Server) Run(ctx context.Context) error {
	if s.listener == nil {
		return nil
	}
	served := make(chan error, 1)
	go func() { served <- s.http.Serve(s.listener) }()
	select {
	case err := <-served:
		return fmt.Errorf("admin address %s: %w", s.listener.Addr(), err)
	case <-ctx.Done():
	}
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveWithin)
	defer cancel()
	if s.http.Shutdown(bounded) != nil {
		s.http.Close() // whoever still reads has had its time
	}
	<-served
	return nil
}
