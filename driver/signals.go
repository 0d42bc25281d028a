package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// echo is how long a second signal counts as the first one come twice: timeout sends it to the process and then to
// its group, and a wrapper may pass on what the terminal sent to both. That takes milliseconds, on a loaded machine
// some hundreds of them; whoever means it can wait for a second.
const echo = time.Second

// outliveReaders lets the process live on when nobody reads its log any more, as behind head: lines are lost then.
func outliveReaders() { signal.Ignore(syscall.SIGPIPE) }

// untilAsked returns a context that ends with the first signal that asks for an end in order. Once it can't be an
// echo any more, the next one ends the process at once, by the signal's own default; the log says when. Until then
// nothing else does, not even when there was so little to drain that the process is about to exit. SIGHUP asks for it
// too, unless whoever started the process had it ignored, as nohup does.
func untilAsked(log *slog.Logger) context.Context {
	asking := []os.Signal{syscall.SIGTERM, syscall.SIGINT}
	if !signal.Ignored(syscall.SIGHUP) {
		asking = append(asking, syscall.SIGHUP)
	}
	asked, restore := signal.NotifyContext(context.Background(), asking...)
	context.AfterFunc(asked, func() {
		time.AfterFunc(echo, func() {
			restore()
			log.Info("still draining, another signal ends the driver at once")
		})
	})
	return asked
}
