package main

import (
	"encoding/json"
	"net/http"

	"mercury-driver/scripts/bench/counting"
)

// telling answers GET /counts with the counts as JSON, and begins the latencies anew with GET /reset.
func telling(tally *counting.Tally) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /counts", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(tally.Counts()) // a reader that went away needs none
	})
	mux.HandleFunc("GET /reset", func(http.ResponseWriter, *http.Request) { tally.Reset() })
	return mux
}
