package scp

// LogPosition is a place in a controller's log.
type LogPosition struct {
	Epoch uint32
	Index uint64
}

func (p LogPosition) appendArgs(line []byte) []byte {
	return appendUint(appendUint(line, p.Epoch), p.Index)
}
func parseLogPosition(w *words) LogPosition { return LogPosition{w.uint32(), w.uint64()} }

// LogAcknowledge (9020): everything up to the index is stored, the controller may forget it.
type LogAcknowledge struct{ LogPosition }

// LogRewind (9021): report again from the index on (from the oldest entry, where that is gone).
type LogRewind struct{ LogPosition }

// LogReport (9022): report up to the index, and not further.
type LogReport struct{ LogPosition }

// LogPause (9023) stops reporting where the controller stands.
type LogPause struct{}

// LogResume (9024) goes on reporting, without a bound where none was set.
type LogResume struct{}

func (LogAcknowledge) Number() int { return 9020 }
func (LogRewind) Number() int      { return 9021 }
func (LogReport) Number() int      { return 9022 }
func (LogPause) Number() int       { return 9023 }
func (LogResume) Number() int      { return 9024 }

func (LogPause) appendArgs(line []byte) []byte  { return line }
func (LogResume) appendArgs(line []byte) []byte { return line }

func parseLogAcknowledge(w *words) Action { return LogAcknowledge{parseLogPosition(w)} }
func parseLogRewind(w *words) Action      { return LogRewind{parseLogPosition(w)} }
func parseLogReport(w *words) Action      { return LogReport{parseLogPosition(w)} }
