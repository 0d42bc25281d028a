package admin

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// README has nobody alert on a metric that there is not.
func TestReadmeAlerts(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`mercury_[a-z_]+(\{[^}]*\})?`).FindAllString(string(readme), -1)
	if len(names) < 10 {
		t.Fatalf("README names only %q", names)
	}
	_, body := get(t, serving(t, allWell())+"/metrics")
	for _, name := range names {
		if !strings.Contains(body, "\n"+name+" ") && !strings.Contains(body, "\n"+name+"{") {
			t.Errorf("README alerts on %s, which /metrics does not show", name)
		}
	}
}
