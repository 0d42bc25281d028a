package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"mercury-driver/scripts/bench/counting"
)

// telling answers GET /counts with the counts as JSON, GET /leases/SERIAL with the epoch of a controller's lease, and begins
// the latencies anew with GET /reset.
func telling(tally *counting.Tally) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /counts", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(tally.Counts()) // a reader that went away needs none
	})
	mux.HandleFunc("GET /leases/{serial}", func(w http.ResponseWriter, r *http.Request) {
		serial, err := strconv.ParseUint(r.PathValue("serial"), 10, 64)
		epoch, held := tally.Lease(serial)
		if err != nil || !held {
			http.NotFound(w, r)
			return
		}
		fmt.Fprint(w, epoch)
	})
	mux.HandleFunc("GET /reset", func(http.ResponseWriter, *http.Request) { tally.Reset() })
	return mux
}
