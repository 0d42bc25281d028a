// Package command brings commands from Redis to the controllers: it hears them (PubSub, and Sharded in a Redis
// Cluster) or reads them from where they wait (Streams), decodes them and lets in what a key vouches for, where that is
// asked for (Gate), and claims them for this process where several might run them (Claims).
//
// It decides nothing about a command but who may have sent it. Lease, ttl, order and values are judged by the
// sessions of package controller; this package tells them what was published, a moment before which it was not,
// and what became of a claim. It never waits for a controller's reply, never runs a command twice because a connection
// broke, and never believes a message to be younger than it can prove.
//
// Locks: the sessions call Subscribe, Unsubscribe, Settled and Claim with their own mutex held. These take a
// mutex of this package for a moment and return; no mutex of this package is held when a session or the
// table is called.
package command
