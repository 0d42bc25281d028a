package scp

// Unlock (311) opens a door for its strike time, once. A door is named by its reader's number.
type Unlock struct{ Door uint32 }

func (Unlock) Number() int                     { return 311 }
func (u Unlock) appendArgs(line []byte) []byte { return appendUint(line, u.Door) }
func parseUnlock(w *words) Action              { return Unlock{w.uint32()} }

// DoorMode (9010) sets how a door decides; modes as SCP_MODE_*.
type DoorMode struct {
	Door uint32
	Mode int32
}

func (DoorMode) Number() int { return 9010 }
func (d DoorMode) appendArgs(line []byte) []byte {
	return appendInt(appendUint(line, d.Door), d.Mode)
}
func parseDoorMode(w *words) Action { return DoorMode{w.uint32(), int32(w.integer(1, 5))} }

// MaskForced (309) switches the reporting of "door forced".
type MaskForced struct {
	Door   uint32
	Masked bool
}

func (MaskForced) Number() int { return 309 }
func (m MaskForced) appendArgs(line []byte) []byte {
	return appendFlag(appendUint(line, m.Door), m.Masked)
}
func parseMaskForced(w *words) Action { return MaskForced{w.uint32(), w.flag()} }

// MaskHeld (310) switches the reporting of "door held".
type MaskHeld struct {
	Door   uint32
	Masked bool
}

func (MaskHeld) Number() int { return 310 }
func (m MaskHeld) appendArgs(line []byte) []byte {
	return appendFlag(appendUint(line, m.Door), m.Masked)
}
func parseMaskHeld(w *words) Action { return MaskHeld{w.uint32(), w.flag()} }
