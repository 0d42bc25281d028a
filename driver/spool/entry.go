package spool

import (
	"encoding/binary"
	"errors"
	"hash/crc32"

	bolt "go.etcd.io/bbolt"
	"google.golang.org/protobuf/proto"

	"mercury-driver/driver/encoded"
	pb "mercury-driver/proto/mercury/driver/v1"
)

// A key is serial and number, both big endian, so that the file's order is each controller's own order. A value is
// the checksum of the key and of what follows, and the event as the contract has it.
const (
	keySize      = 16
	checksumSize = 4
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var errChecksum = errors.New("an entry is not what was written")

func key(serial, number uint64) []byte {
	k := binary.BigEndian.AppendUint64(make([]byte, 0, keySize), serial)
	return binary.BigEndian.AppendUint64(k, number)
}

func checksum(k, event []byte) uint32 {
	return crc32.Update(crc32.Checksum(k, castagnoli), castagnoli, event)
}

func encode(e entry) (k, v []byte) {
	k = key(e.event.Serial, e.number)
	v = e.event.Append(make([]byte, checksumSize, checksumSize+128))
	binary.BigEndian.PutUint32(v, checksum(k, v[checksumSize:]))
	return k, v
}

// tally is what an entry adds to its bucket's sequence number, which so says how many entries there must be, and
// which. Without it entries that a damaged page does not name any more would not be missed.
func tally(v []byte) uint64 { return 1<<32 + uint64(binary.BigEndian.Uint32(v)) }

// commit is what the commit that is read adds to it: its number, which the header has too. Without it a damaged page that
// leads to those of an earlier commit, which are whole, would take back all that came since.
func commit(bucket *bolt.Bucket) uint64 { return uint64(bucket.Tx().ID()) }

func decode(k, v []byte) (entry, error) {
	if len(k) != keySize || len(v) < checksumSize || binary.BigEndian.Uint32(v) != checksum(k, v[checksumSize:]) {
		return entry{}, errChecksum
	}
	ev := new(pb.Event)
	if proto.Unmarshal(v[checksumSize:], ev) != nil || ev.Serial != binary.BigEndian.Uint64(k) {
		return entry{}, errChecksum
	}
	return entry{binary.BigEndian.Uint64(k[8:]), encoded.Of(ev)}, nil
}
