package main

import (
	"errors"
	"strconv"
	"strings"

	pb "mercury-driver/proto/mercury/driver/v1"
)

var cardKinds = []kind{
	{"put-card", "add a card, or change it", func(c *pb.Command, f *actionFlags) {
		a := &pb.PutCard{}
		c.Action = &pb.Command_PutCard{PutCard: a}
		f.card(&a.Card)
		f.may("doors", "N,N", "doors that it opens, from 1, with commas", func(text string) error {
			return parseDoors(&a.Doors, text)
		})
		f.may("pin", "PIN", "its PIN, up to 8 digits, not beginning with 0", func(text string) error {
			pin, err := strconv.ParseUint(text, 10, 32)
			if err != nil || text[0] == '0' || len(text) > 8 {
				return errors.New("want up to 8 digits, not beginning with 0")
			}
			a.Pin = uint32(pin)
			return nil
		})
		f.moment(&a.FromNs, "from", "valid from")
		f.moment(&a.UntilNs, "until", "valid until")
	}},
	{"delete-card", "remove a card", func(c *pb.Command, f *actionFlags) {
		a := &pb.DeleteCard{}
		c.Action = &pb.Command_DeleteCard{DeleteCard: a}
		f.card(&a.Card)
	}},
}

func parseDoors(to *uint64, text string) error {
	*to = 0
	for word := range strings.SplitSeq(text, ",") {
		door, err := strconv.ParseUint(word, 10, 32)
		if err != nil || door < 1 || door > 64 {
			return errors.New("want doors from 1 to 64, with commas between them")
		}
		*to |= 1 << (door - 1)
	}
	return nil
}
