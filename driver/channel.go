package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"

	"mercury-driver/cvendor/scp"
	"mercury-driver/driver/thread"
)

// channel is the library's channel that we open: one process serves one port.
const channel = 0

// The calls that the watchdog sees.
var (
	openCall  = thread.Call{Name: "open"}
	closeCall = thread.Call{Name: "close"}
)

// keepChannel opens the channel, and closes it when it is asked to. It runs on a thread of its own, as all that
// calls the library does.
func (p *process) keepChannel() error {
	slot := p.watch.Slot("channel")
	defer slot.Close()
	if err := p.post(slot, &openCall, scp.OpenChannel{Port: uint32(p.config.Port)}); err != nil {
		return exitError{exitLibrary, err}
	}
	p.state.open.Store(true)
	p.log.Info("listening for controllers")
	select {
	case closed := <-p.closing:
		closed <- p.post(slot, &closeCall, scp.CloseChannel{})
	case <-p.failed.Done():
	}
	return nil
}

// post hands the library a command for the channel.
func (p *process) post(slot *thread.Slot, call *thread.Call, action scp.Action) error {
	slot.Begin(call)
	defer slot.End()
	_, err := p.library.Post(0, scp.Command{Target: channel, Action: action}, scp.Terms{})
	return err
}

// closeChannel has the channel closed, and waits for that until ctx ends.
func (p *process) closeChannel(ctx context.Context) error {
	closed := make(chan error, 1)
	select {
	case p.closing <- closed:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case err := <-closed:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// free reports a port that can't be listened on: a library need not be able to tell why.
func free(port int) error {
	listener, err := net.Listen("tcp", ":"+strconv.Itoa(port))
	if err != nil {
		return portFailure(port, err)
	}
	return listener.Close()
}

func portFailure(port int, err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return exitError{exitPort, fmt.Errorf("port %d is in use: another process listens there; "+
			"end it, or choose another with -port", port)}
	case errors.Is(err, syscall.EACCES):
		return exitError{exitConfig, fmt.Errorf("port %d is not for this user to listen on (%w); "+
			"choose one above 1023 with -port, or give the program CAP_NET_BIND_SERVICE", port, syscall.EACCES)}
	}
	return exitError{exitRuntime, fmt.Errorf("port %d can't be listened on: %w", port, err)}
}
