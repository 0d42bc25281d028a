//go:build !mpl

package libmpl

// #include "../../cvendor/include/scp_net.h"
import "C"

import (
	"strings"
	"unsafe"

	"mercury-driver/cvendor/scp"
)

// The members of SCPReply's union, field by field as in the header: cgo knows the union only as bytes. The
// conformance suite, which reads them in C, fails if one of them differs.
type (
	onlineBody struct {
		peer [64]byte
		tls  [8]byte
	}
	offlineBody  struct{ cause [64]byte }
	identityBody struct {
		serial                          uint64
		mac                             [16]byte
		model, firmware                 [64]byte
		readers, doors, inputs, outputs uint32
		cards, log                      uint32
		logEpoch                        uint32
		oldest, newest                  uint64
	}
	logBody struct {
		capacity, unread uint32
		overwritten      uint64
	}
	replyBody struct {
		tag            uint32
		result, reason int32
		text           [64]byte
	}
	bootBody   struct{ cause int32 }
	accessBody struct {
		reader, door  uint32
		card          uint64
		reason        int32
		bits, request uint32
		deadline      int64
	}
	pointBody struct {
		number        uint32
		active, value int32
	}
	firmwareBody struct {
		phase   int32
		percent uint32
	}
)

// body is the union of a reply as one of its members.
func body[T any](reply *C.SCPReply) *T { return (*T)(unsafe.Pointer(&reply.u)) }

// fill writes a message into a reply, which is C's. Members of the union that its kind does not have are
// left as they are.
func fill(reply *C.SCPReply, m *scp.Message) {
	reply.kind = C.int(m.Kind)
	reply.scp = C.short(m.SCP)
	reply.time_ns = C.int64_t(m.Time)
	reply.log_epoch = C.uint32_t(m.LogEpoch)
	reply.index = C.uint64_t(m.Index)
	switch m.Kind {
	case scp.CommOnline:
		online := body[onlineBody](reply)
		put(online.peer[:], m.Text)
		put(online.tls[:], m.TLS)
	case scp.CommOffline, scp.CommRefused:
		put(body[offlineBody](reply).cause[:], m.Text)
	case scp.IdentityTold:
		fillIdentity(body[identityBody](reply), m.Identity)
	case scp.LogStatus, scp.LogNearFull:
		*body[logBody](reply) = logBody{m.Log.Capacity, m.Log.Unread, m.Log.Overwritten}
	case scp.CommandReply:
		answer := body[replyBody](reply)
		answer.tag, answer.result, answer.reason = m.Tag, int32(m.Result), int32(m.NAK)
		put(answer.text[:], m.Text)
	default:
		fillTransaction(reply, m)
	}
}

func fillIdentity(to *identityBody, id *scp.Identity) {
	*to = identityBody{serial: id.Serial, readers: id.Readers, doors: id.Doors, inputs: id.Inputs,
		outputs: id.Outputs, cards: id.Cards, log: id.LogCapacity, logEpoch: id.LogEpoch,
		oldest: id.Oldest, newest: id.Newest}
	put(to.mac[:], id.MAC)
	put(to.model[:], id.Model)
	put(to.firmware[:], id.Firmware)
}

func fillTransaction(reply *C.SCPReply, m *scp.Message) {
	switch m.Kind {
	case scp.PanelBoot:
		*body[bootBody](reply) = bootBody{m.Value}
	case scp.AccessGranted, scp.AccessDenied, scp.UnknownCredential, scp.Duress, scp.HostDecisionRequest:
		*body[accessBody](reply) = accessBody{reader: m.Reader, door: m.Door, card: m.Card, reason: m.Value,
			bits: m.Bits, request: m.Request, deadline: m.Deadline}
	case scp.FirmwareProgress:
		*body[firmwareBody](reply) = firmwareBody{m.Value, m.Percent}
	default:
		*body[pointBody](reply) = pointBody{m.Number, flag(m.Active), m.Value}
	}
}

func flag(on bool) int32 {
	if on {
		return 1
	}
	return 0
}

// put copies a text, cut where it does not fit, and its NUL.
func put(to []byte, text string) {
	if room := len(to) - 1; len(text) > room {
		text = strings.ToValidUTF8(text[:room], "")
	}
	to[copy(to, text)] = 0
}
