package fleet

// Stats is how a fleet is doing.
type Stats struct {
	Panels int
	Online int
	// Raised is how many transactions the script has raised, Wanted how many it will; 0: without end.
	Raised int
	Wanted int
	// Logged is how many transactions the panels have logged since Start: those raised, those that
	// commands and visitors from outside caused, and the starts of panels.
	Logged uint64
	// Unread is how many are not acknowledged and could still be read.
	Unread uint64
	// Ahead is the most that one panel ever sent beyond what was acknowledged: never more than the
	// host's window.
	Ahead uint64
	// Commands that panels got, and links that were welcomed.
	Commands int
	Links    int
}

// Stats adds up all panels, one after the other.
func (f *Fleet) Stats() Stats {
	s := Stats{Panels: len(f.members)}
	for _, m := range f.members {
		m.addTo(&s)
	}
	return s
}

func (m *Member) addTo(s *Stats) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.online() {
		s.Online++
	}
	s.Raised += m.life.raised
	s.Wanted += m.life.quota
	s.Logged += m.panel.Logged()
	s.Unread += m.panel.Unread()
	s.Ahead = max(s.Ahead, m.panel.Ahead())
	s.Commands += m.commands
	s.Links += m.links
}
