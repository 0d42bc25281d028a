// Package control lets other processes look at the panels of a running fleet, do things at them, and start and stop
// faults: over HTTP, with JSON.
//
//	GET    /panels                 [fleet.State, ...], by serial
//	GET    /panels/{serial}        fleet.State
//	POST   /panels/{serial}/acts   act.Act: {"act":"swipe","numbers":{"reader":1,"card":1001}}
//	GET    /faults                 [fault.Fault, ...] that are to come or active, by id
//	POST   /faults                 {"fault":"half-open serial 61364 for 10s"}, answers with the fault.Fault
//	DELETE /faults/{id}            stops it
//
// What makes no sense is answered 400, a panel or fault that there is not 404, both with {"error":"..."}. There is no
// access control: it belongs on the loopback.
package control

import "mercury-driver/sim/fleet/fault"

// wish is what is posted to start a fault.
type wish struct {
	Fault fault.Spec `json:"fault"`
}

// refusal is the body of an answer that is an error.
type refusal struct {
	Error string `json:"error"`
}
