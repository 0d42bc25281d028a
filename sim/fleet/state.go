package fleet

// State is how one panel is doing, as it sees it itself.
type State struct {
	Serial   uint64   `json:"serial"`
	Up       bool     `json:"up"`       // it has power and has started
	Attached bool     `json:"attached"` // it has a link that a library welcomed
	Links    int      `json:"links"`    // that it had
	Faults   []string `json:"faults"`   // their kinds, that it suffers from
	// Its log: what it holds, and how much of that its host has acknowledged.
	LogEpoch     uint32 `json:"log_epoch"`
	Oldest       uint64 `json:"oldest"`
	Newest       uint64 `json:"newest"`
	Acknowledged uint64 `json:"acknowledged"`
	// Since the fleet's start: commands that it got, and how often a relay moved.
	Commands int    `json:"commands"`
	Moves    uint64 `json:"moves"`
}

// State is how the panel is doing now.
func (m *Member) State() State {
	m.mu.Lock()
	defer m.mu.Unlock()
	id := m.panel.Identity()
	return State{Serial: m.serial, Up: m.panel.Up(), Attached: m.online(), Links: m.links, Faults: m.ailments.Kinds(),
		LogEpoch: id.LogEpoch, Oldest: id.Oldest, Newest: id.Newest, Acknowledged: m.panel.Acknowledged(),
		Commands: m.commands, Moves: m.panel.Moves()}
}
