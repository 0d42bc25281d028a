package admin

import (
	"fmt"
	"net/http"
	"strings"
)

// health answers 200 as long as no library call hangs. A process that is not ready can well be healthy:
// starting it anew would not help.
func (s Sources) health(w http.ResponseWriter, _ *http.Request) {
	if err := s.Hang(); err != nil {
		answer(w, http.StatusServiceUnavailable, err.Error())
		return
	}
	answer(w, http.StatusOK, "ok")
}

// ready answers 200 when controllers may be sent here, else 503 and a line for each thing that is missing.
func (s Sources) ready(w http.ResponseWriter, _ *http.Request) {
	if missing := s.Readiness().missing(); len(missing) > 0 {
		answer(w, http.StatusServiceUnavailable, missing...)
		return
	}
	answer(w, http.StatusOK, "ready")
}

func (r Readiness) missing() (lines []string) {
	for _, part := range []struct {
		ok   bool
		line string
	}{
		{r.Open, "the port for controllers is not open"},
		{r.VendorApp, "no stream to the vendor app"},
		{r.Redis, "no connection to Redis"},
		{!r.Draining, "draining"},
	} {
		if !part.ok {
			lines = append(lines, part.line)
		}
	}
	return lines
}

func answer(w http.ResponseWriter, status int, lines ...string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	fmt.Fprintln(w, strings.Join(lines, "\n"))
}
