// Package controller is the heart of the driver: one Session for each attached controller, and the
// Table of them. A session is a pure state machine: it has no goroutine, no clock and does no I/O; every
// step takes the time as an argument, holds the session's one mutex, and ends in calls to the small
// interfaces of ports.go. The event thread, the command threads and the stream to the vendor app all step
// it. So the same code runs under real threads and, stepped by one, in a simulation of the whole system.
//
// A session's life: attached -> identified -> asked (the vendor app) -> confirming (the controller must
// answer once more) -> leased -> ended. It refuses to act (post, move a log) without a current lease; it
// never refuses to report.
//
// Locks: Table.mu only guards the maps and is never held together with a session's mutex; due and
// turns have leaf locks of their own.
package controller
