//go:build !mpl

package libmpl

import (
	"fmt"
	"os"
	"time"
)

// pollVariable sets how often each controller is polled, as "100ms" or "1h", which is as good as never. Empty is each
// second.
const pollVariable = "MERCURY_SIM_POLL"

const mostRare = 24 * time.Hour

// pollEvery is what the environment wants; open brings the error to who opens a channel.
var pollEvery, pollFault = parsePoll(os.Getenv(pollVariable))

// parsePoll reads the variable's value; 0: it is empty.
func parsePoll(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	every, err := time.ParseDuration(text)
	if err != nil || every < time.Millisecond || every > mostRare {
		return 0, fmt.Errorf("%s: %q is not a span from 1ms to %v", pollVariable, text, mostRare)
	}
	return every, nil
}
