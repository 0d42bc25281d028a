package controller

// numbers is the sessions by the library's numbers, which count from 0: of each the attachment that the library means now.
// Every message asks for one. A map of ten thousand is cold each time, and costs more than what the session does then.
type numbers struct {
	sessions []*Session
	taken    int
}

// of is nil where nobody has the number.
func (n *numbers) of(scp int16) *Session {
	if i := int(uint16(scp)); i < len(n.sessions) {
		return n.sessions[i]
	}
	return nil
}

// give gives a number to a session, or to nobody.
func (n *numbers) give(scp int16, s *Session) {
	i := int(uint16(scp))
	for i >= len(n.sessions) {
		n.sessions = append(n.sessions, nil)
	}
	if n.sessions[i] != nil {
		n.taken--
	}
	if s != nil {
		n.taken++
	}
	n.sessions[i] = s
}
