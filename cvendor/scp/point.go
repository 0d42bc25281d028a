package scp

// Output (9011) drives a relay; actions as SCP_OUTPUT_*. PulseMS counts for a pulse: 100 to 3,600,000.
type Output struct {
	Output  uint32
	Action  int32
	PulseMS uint32
}

func (Output) Number() int { return 9011 }
func (o Output) appendArgs(line []byte) []byte {
	return appendUint(appendInt(appendUint(line, o.Output), o.Action), o.PulseMS)
}
func parseOutput(w *words) Action {
	return Output{w.uint32(), int32(w.integer(1, 3)), uint32(w.integer(0, 3_600_000))}
}

// MaskInput (9012) switches the reporting of an input.
type MaskInput struct {
	Input  uint32
	Masked bool
}

func (MaskInput) Number() int { return 9012 }
func (m MaskInput) appendArgs(line []byte) []byte {
	return appendFlag(appendUint(line, m.Input), m.Masked)
}
func parseMaskInput(w *words) Action { return MaskInput{w.uint32(), w.flag()} }

// Area (9013) arms or disarms an area.
type Area struct {
	Area  uint32
	Armed bool
}

func (Area) Number() int                     { return 9013 }
func (a Area) appendArgs(line []byte) []byte { return appendFlag(appendUint(line, a.Area), a.Armed) }
func parseArea(w *words) Action              { return Area{w.uint32(), w.flag()} }

// Procedure (9014) runs or aborts a stored procedure.
type Procedure struct {
	Procedure uint32
	Abort     bool
}

func (Procedure) Number() int { return 9014 }
func (p Procedure) appendArgs(line []byte) []byte {
	return appendFlag(appendUint(line, p.Procedure), p.Abort)
}
func parseProcedure(w *words) Action { return Procedure{w.uint32(), w.flag()} }
