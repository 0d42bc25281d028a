// Package e2e tests the whole system as its users run it: real processes and sockets, a redis-server, HAProxy in
// front of three drivers, the vendor app with its database on disk, and panels that dial in. What came of
// it is judged by package oracle. All of this is test code; this file only says so.
//
// It refuses to share code with sim and driver: it knows their command lines, the contract, and the files they
// leave. Everything random comes from one seed, which is printed; E2E_SEED sets it.
//
// The files chaos_... are built by the tag chaos alone. They break the system on purpose and look at times and memory.
package e2e
