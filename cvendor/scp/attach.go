package scp

// Accept (9003) tells a controller that it is served; its reply is the proof that it listens.
type Accept struct{}

func (Accept) Number() int                   { return 9003 }
func (Accept) appendArgs(line []byte) []byte { return line }

// Refuse (9004) closes a controller's link. No reply.
type Refuse struct{}

func (Refuse) Number() int                   { return 9004 }
func (Refuse) appendArgs(line []byte) []byte { return line }

// Detach (9033) aborts a controller's link and discards what was not sent yet. No reply.
type Detach struct{}

func (Detach) Number() int                   { return 9033 }
func (Detach) appendArgs(line []byte) []byte { return line }
