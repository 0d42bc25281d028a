package config

import (
	"fmt"
	"net"
	"strconv"
)

// adminOff is how ADMIN_ADDR says that there is no admin API.
const adminOff = "off"

// adminOffset is the distance from the port to the admin API's default port.
const adminOffset = 10_000

// adminAddress is host:port to listen on, or off.
func adminAddress(field func(*Config) *string) kind {
	return of("host:port, or "+adminOff, field, func(value string) (string, bool) {
		_, _, ok := splitAddress(value)
		return value, ok || value == adminOff
	})
}

// settleAdminAddr replaces off and the default, now that the port is known.
func (c *Config) settleAdminAddr() (fault string) {
	switch c.AdminAddr {
	case adminOff:
		c.AdminAddr = ""
		return ""
	case "":
		if c.Port+adminOffset > 65535 {
			return fmt.Sprintf("port %d + %d is no port; want host:port, or %s", c.Port, adminOffset, adminOff)
		}
		c.AdminAddr = net.JoinHostPort("127.0.0.1", strconv.Itoa(c.Port+adminOffset))
	}
	if _, port, _ := splitAddress(c.AdminAddr); port == c.Port {
		return fmt.Sprintf("port %d belongs to the controllers; want another one, or %s", port, adminOff)
	}
	return ""
}
