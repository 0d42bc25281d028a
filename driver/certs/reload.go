package certs

import (
	"context"
	"crypto/sha256"
	"time"

	"mercury-driver/driver/config"
	"mercury-driver/driver/report"
)

// lookEvery is how often the files are looked at. What was replaced is loaded at the second look: who replaces a
// certificate and then its key is not met halfway.
const lookEvery = 5 * time.Second

// Run loads the files anew when they have changed, until ctx ends.
func (l *Line) Run(ctx context.Context) error {
	if !l.settings.On() {
		return nil
	}
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	w := watch{line: l, used: l.files, seen: l.files}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			w.look(time.Now())
		}
	}
}

// fingerprint stands for what a line's files hold, or that they can't be read.
type fingerprint [sha256.Size]byte

func (l *Line) fingerprint() fingerprint {
	sum := sha256.New()
	for _, file := range []string{l.settings.CA, l.settings.Cert, l.settings.Key} {
		text, err := config.ReadFile(file)
		if err != nil {
			text = []byte(err.Error())
		}
		part := sha256.Sum256(text)
		sum.Write(part[:])
	}
	return fingerprint(sum.Sum(nil))
}

// watch is what the files were.
type watch struct {
	line *Line
	used fingerprint // what is loaded
	seen fingerprint // at the last look
	bad  fingerprint // what was logged as no good
}

// look loads what has changed and come to rest. What can't be used is tried again at every look, as a certificate
// may only have to become good, but logged once.
func (w *watch) look(now time.Time) {
	l, files := w.line, w.line.fingerprint()
	atRest := files == w.seen
	w.seen = files
	if !atRest || files == w.used && !l.Stale() {
		return
	}
	loaded, faults := l.settings.Load(now)
	l.stale.Store(faults != nil)
	switch {
	case faults == nil:
		l.loaded.Store(loaded)
		w.used, w.bad = files, fingerprint{}
		l.log.Info("certificate files were replaced: connections from now on use the new ones")
	case files != w.bad:
		w.bad = files
		l.log.Warn("certificate files were replaced by ones that can't be used: those from before stay in use",
			report.Err, faults[0].String())
	}
}
