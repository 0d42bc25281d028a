package report

import (
	"io"
	"log/slog"
	"os"

	"golang.org/x/sys/unix"
)

// newLogHandler writes lines as o wants them.
func newLogHandler(o Options, scrub scrubber) slog.Handler {
	out := scrubWriter{o.Log, scrub}
	if o.Format == "text" || o.Format == "auto" && isTerminal(o.Log) {
		return slog.NewTextHandler(out, &slog.HandlerOptions{Level: o.Level, ReplaceAttr: forPeople})
	}
	return slog.NewJSONHandler(out, &slog.HandlerOptions{Level: o.Level, ReplaceAttr: forMachines})
}

// forPeople shortens a line's time: whoever sits at the terminal knows the day.
func forPeople(groups []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey && len(groups) == 0 {
		return slog.String(a.Key, a.Value.Time().Format("15:04:05.000"))
	}
	return a
}

// forMachines writes time spans with their unit, as text and Sentry have them and as they are configured, where
// slog would write a number of nanoseconds.
func forMachines(_ []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() == slog.KindDuration {
		return slog.String(a.Key, a.Value.Duration().String())
	}
	return a
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	_, err := unix.IoctlGetTermios(int(file.Fd()), unix.TCGETS)
	return err == nil
}

// scrubWriter scrubs whole lines: slog hands over each with one Write.
type scrubWriter struct {
	out   io.Writer
	scrub scrubber
}

func (w scrubWriter) Write(line []byte) (int, error) {
	if _, err := io.WriteString(w.out, w.scrub.text(string(line))); err != nil {
		return 0, err
	}
	return len(line), nil
}
