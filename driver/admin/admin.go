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
)

// Server answers on one address.
type Server struct {
	addr string
	http *http.Server
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

// Run serves until ctx ends, and then returns nil. An address that it can't listen on is an error at once.
func (s *Server) Run(ctx context.Context) error {
	if s.addr == "" {
		return nil
	}
	listener, err := net.Listen("tcp", s.addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("admin address %s is in use by another process: set ADMIN_ADDR to a free one: %w", s.addr, err)
	case err != nil:
		return fmt.Errorf("admin address %s, check ADMIN_ADDR: %w", s.addr, err)
	}
	return s.serve(ctx, listener)
}

func (s *Server) serve(ctx context.Context, listener net.Listener) error {
	served := make(chan error, 1)
	go func() { served <- s.http.Serve(listener) }()
	select {
	case err := <-served:
		return fmt.Errorf("admin address %s: %w", listener.Addr(), err)
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
