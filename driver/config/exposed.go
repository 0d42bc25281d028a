package config

import (
	"fmt"
	"net"
	"os"
)

// exposed are settings of a good configuration by which others get at what they probably should not.
func (c Config) exposed() (doubts []Fault) {
	if host, port, ok := splitAddress(c.AdminAddr); ok && everywhere(host) {
		doubts = append(doubts, Fault{"ADMIN_ADDR", fmt.Sprintf("%s is every interface, and the admin address has no access control; "+
			"want 127.0.0.1:%d for this machine alone", c.AdminAddr, port)})
	}
	const byAll = 0o002
	if info, err := os.Stat(c.CommandKeys); err == nil && info.Mode()&byAll != 0 {
		doubts = append(doubts, Fault{"COMMAND_KEYS", c.CommandKeys + " may be written by everybody, and who writes it " +
			"can sign commands; want chmod o-w"})
	}
	return doubts
}

// everywhere reports whether who listens on a host does so on every interface.
func everywhere(host string) bool {
	return host == "" || net.ParseIP(host).IsUnspecified()
}
