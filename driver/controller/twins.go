package controller

import (
	"log/slog"
	"slices"
)

// A hardware address is one controller's. Where two tell the same, or two with different ones tell the same serial
// number, one of them is a copy: both are served by their serials, and somebody is told to look.

// macs is the serials of the attached controllers by the hardware address that they told. It is the event thread's.
type macs map[string][]uint64

// enter notes a controller and returns another one that told the same address, 0 for none.
func (m macs) enter(mac string, serial uint64) (other uint64) {
	if mac == "" {
		return 0
	}
	for _, known := range m[mac] {
		if known != serial {
			other = known
		}
	}
	m[mac] = append(m[mac], serial)
	return other
}

func (m macs) leave(mac string, serial uint64) {
	if at := slices.Index(m[mac], serial); at >= 0 {
		m[mac] = slices.Delete(m[mac], at, at+1)
	}
	if len(m[mac]) == 0 {
		delete(m, mac)
	}
}

// sameMAC reports two controllers with one hardware address.
func (s *Session) sameMAC(other uint64) {
	s.table.counts.Twins.Add(1)
	s.note(slog.LevelWarn, "two controllers tell one MAC, one may be a copy", "mac", s.identity.MAC, "other", other)
}

// sameSerial reports two controllers with one serial number; the older one is displaced.
func (s *Session) sameSerial(other string) {
	s.table.counts.Twins.Add(1)
	s.note(slog.LevelWarn, "two controllers tell one serial number, one may be a copy", "mac", s.identity.MAC, "other_mac", other)
}
