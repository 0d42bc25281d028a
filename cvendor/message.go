package cvendor

// #include "shim.h"
import "C"

import (
	"bytes"
	"strings"
	"unsafe"

	"mercury-driver/cvendor/scp"
)

// decode copies a message out of the array that the library fills. It overwrites all of m.
func decode(m *scp.Message, c *C.struct_seam_message) {
	*m = scp.Message{
		Kind:       scp.Kind(c.kind),
		SCP:        int16(c.scp),
		Attachment: uint32(c.attachment),
		Time:       int64(c.time_ns),
		LogEpoch:   uint32(c.log_epoch),
		Index:      uint64(c.index),
		Reader:     uint32(c.reader),
		Door:       uint32(c.door),
		Card:       uint64(c.card),
		Bits:       uint32(c.bits),
		Request:    uint32(c.request),
		Deadline:   int64(c.deadline_ns),
		Number:     uint32(c.number),
		Active:     c.active != 0,
		Value:      int32(c.value),
		Percent:    uint32(c.percent),
	}
	if m.Kind.Transaction() {
		return
	}
	switch m.Kind {
	case scp.CommOnline:
		m.Text, m.TLS = goText(c.text[:]), goText(c.tls[:])
	case scp.CommOffline, scp.CommRefused:
		m.Text = goText(c.text[:])
	case scp.CommandReply:
		m.Tag, m.Result, m.NAK = uint32(c.tag), scp.Result(c.result), scp.NAK(c.nak)
		m.Text = goText(c.text[:])
	case scp.LogStatus, scp.LogNearFull:
		m.Log = scp.LogFill{Capacity: uint32(c.capacity), Unread: uint32(c.unread), Overwritten: uint64(c.overwritten)}
	case scp.IdentityTold:
		m.Identity = decodeIdentity(c)
	}
}

func decodeIdentity(c *C.struct_seam_message) *scp.Identity {
	id := &c.identity
	return &scp.Identity{
		Serial:      uint64(id.serial),
		MAC:         goText(id.mac[:]),
		Model:       goText(id.model[:]),
		Firmware:    goText(id.firmware[:]),
		Readers:     uint32(id.readers),
		Doors:       uint32(id.doors),
		Inputs:      uint32(id.inputs),
		Outputs:     uint32(id.outputs),
		Cards:       uint32(id.cards),
		LogCapacity: uint32(id.log),
		LogEpoch:    uint32(id.log_epoch),
		Oldest:      uint64(id.oldest),
		Newest:      uint64(id.newest),
	}
}

// goText copies text up to its NUL, or all of the array if it has none. What is not UTF-8 in it
// becomes U+FFFD.
func goText(c []C.char) string {
	text := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(c))), len(c))
	if end := bytes.IndexByte(text, 0); end >= 0 {
		text = text[:end]
	}
	return strings.ToValidUTF8(string(text), "\uFFFD")
}
