package scp

// SetTime (9015) sets the controller's clock, UTC nanoseconds.
type SetTime struct{ Time int64 }

func (SetTime) Number() int                     { return 9015 }
func (s SetTime) appendArgs(line []byte) []byte { return appendInt(line, s.Time) }
func parseSetTime(w *words) Action              { return SetTime{w.time()} }

// Status (9030) asks for the controller's state: it answers, and reports LogStatus.
type Status struct{}

func (Status) Number() int                   { return 9030 }
func (Status) appendArgs(line []byte) []byte { return line }

// Reset (9031) restarts the controller; with Erase its cards, settings and log are gone, and a
// new log epoch begins.
type Reset struct{ Erase bool }

func (Reset) Number() int                     { return 9031 }
func (r Reset) appendArgs(line []byte) []byte { return appendFlag(line, r.Erase) }
func parseReset(w *words) Action              { return Reset{w.flag()} }

// Firmware (9032) makes the controller load that version: 1 to 32 bytes of [A-Za-z0-9._-].
type Firmware struct{ Version string }

func (Firmware) Number() int                     { return 9032 }
func (f Firmware) appendArgs(line []byte) []byte { return append(append(line, ' '), f.Version...) }

func parseFirmware(w *words) Action {
	version := w.next()
	if !ValidVersion(version) {
		w.spoil("no firmware version")
	}
	return Firmware{version}
}

// ValidVersion reports whether a firmware version may stand in a line.
func ValidVersion(version string) bool {
	for _, c := range []byte(version) {
		if c != '.' && c != '_' && c != '-' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return len(version) >= 1 && len(version) <= 32
}
