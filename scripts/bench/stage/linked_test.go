package stage

import (
	"os"
	"strings"
	"testing"
)

// In the tree stands what a licensee puts there, and the seam takes it; whether the library is polled is said in one line.
func TestTheLibraryForBenchmarksStandsInForAMakers(t *testing.T) {
	t.Chdir("../../..")
	polled := tree{t.Context(), t.TempDir()}
	if err := polled.plant(waits, isPolled); err != nil {
		t.Fatal(err)
	}
	if out, err := run(t.Context(), polled.dir, "scripts/sdk-check.sh"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	features, err := os.ReadFile(polled.dir + "/cvendor/sdk/scp_features.h")
	if err != nil || !strings.Contains(string(features), isPolled) || strings.Contains(string(features), waits) {
		t.Errorf("it offers (%v):\n%s", err, features)
	}
	if err := polled.plant("SCP_HAS_WINGS 1", ""); err == nil {
		t.Error("a line was changed that is not there")
	}
}
