package control

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"mercury-driver/sim/fleet"
)

// Whatever is asked: the answer is JSON with a status that the package names; a refusal says why, and has started no
// fault.
func FuzzRequests(f *testing.F) {
	f.Add("POST", "/faults", `{"fault":"nak chance 5% at 1h"}`)
	f.Add("POST", "/faults", `{"fault":"drop every 1ms"} {"fault":"drop"}`)
	f.Add("DELETE", "/faults/1", "")
	f.Add("POST", "/panels/61000/acts", `{"act":"swipe","numbers":{"reader":1,"card":1001}}`)
	f.Add("POST", "/panels/61001/acts", `{"act":"open-cabinet","numbers":{"module":18446744073709551615}}`)
	f.Add("POST", "/panels/61001/acts", `{"act":"cut-mains"`+strings.Repeat(" ", longestBody))
	f.Add("GET", "/panels/9223372036854775808", "")
	panels := newPanels(f)
	served := handler(panels)
	f.Fuzz(func(t *testing.T, method, path, body string) {
		request, err := http.NewRequest(method, "http://fleet"+path, strings.NewReader(body))
		if err != nil || request.URL.Host != "fleet" {
			return
		}
		answer := httptest.NewRecorder()
		served.ServeHTTP(answer, request)
		if faults := panels.Faults(); len(faults) > 0 && (answer.Code != http.StatusOK || method != "POST") {
			t.Errorf("%s was answered %d, and started %v", method, answer.Code, faults)
		}
		switch answer.Code {
		case http.StatusOK:
			if !json.Valid(answer.Body.Bytes()) {
				t.Errorf("answered %q", answer.Body)
			}
		case http.StatusBadRequest, http.StatusNotFound:
			var r refusal
			if answer.Header().Get("Content-Type") == "application/json" && (json.Unmarshal(answer.Body.Bytes(), &r) != nil || r.Error == "") {
				t.Errorf("%d with %q", answer.Code, answer.Body)
			}
		case http.StatusMethodNotAllowed, http.StatusMovedPermanently, http.StatusTemporaryRedirect: // of net/http
		default:
			t.Errorf("%s %s: %d", method, path, answer.Code)
		}
		for _, left := range panels.Faults() { // or they would add up
			panels.StopFault(left.ID)
		}
	})
}

// newPanels is three panels that nobody welcomes.
func newPanels(f *testing.F) *fleet.Fleet {
	panels, err := fleet.New(fleet.Options{Connect: []string{"127.0.0.1:1"}, Panels: 3, FirstSerial: 61000, Seed: 1, Scenario: "idle"})
	if err != nil {
		f.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	panels.Start(ctx)
	f.Cleanup(func() {
		cancel()
		panels.Wait()
	})
	return panels
}
