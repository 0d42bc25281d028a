package scp

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// inHeader has the values of all enumerations of the header by name.
func inHeader(t *testing.T) map[string]int {
	header, err := os.ReadFile("../include/scp_net.h")
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]int{}
	for _, m := range regexp.MustCompile(`(SCP_\w+) *= (\d+)`).FindAllStringSubmatch(string(header), -1) {
		values[m[1]], _ = strconv.Atoi(m[2])
	}
	return values
}

func TestNumbersAreThoseOfTheHeader(t *testing.T) {
	header := inHeader(t)
	kinds := map[string]int{}
	for kind, name := range kindNames {
		kinds["SCP_"+strings.ToUpper(name)] = int(kind)
	}
	others := map[string]int{
		"SCP_REPLY_OK": int(ReplyOK), "SCP_REPLY_NAK": int(ReplyNAK), "SCP_REPLY_FAILED": int(ReplyFailed),
		"SCP_NAK_UNSPECIFIED": int(NAKUnspecified), "SCP_NAK_UNKNOWN_COMMAND": int(NAKUnknownCommand),
		"SCP_NAK_BAD_ARGUMENT": int(NAKBadArgument), "SCP_NAK_NO_SUCH_POINT": int(NAKNoSuchPoint),
		"SCP_NAK_BUSY": int(NAKBusy), "SCP_NAK_FULL": int(NAKFull), "SCP_NAK_TOO_LATE": int(NAKTooLate),
		"SCP_NAK_WRONG_EPOCH": int(NAKWrongEpoch),
	}
	ours := maps.Clone(kinds)
	maps.Copy(ours, others)
	for name, value := range ours {
		if header[name] != value {
			t.Errorf("%s is %d here and %d in the header", name, value, header[name])
		}
	}
	// What the header has beyond that are values that cross as they are, and have no names here.
	unnamed := regexp.MustCompile(`^SCP_(DENY|BOOT|INPUT|POWER|MODE|OUTPUT|FIRMWARE)_`)
	for _, name := range slices.Sorted(maps.Keys(header)) {
		if _, named := ours[name]; !named && !unnamed.MatchString(name) {
			t.Errorf("%s of the header is missing here", name)
		}
	}
}

func TestTransactionKinds(t *testing.T) {
	for kind, name := range kindNames {
		if kind.Transaction() != (kind >= PanelBoot) {
			t.Errorf("%s: Transaction() is %v", name, kind.Transaction())
		}
	}
	if unknown := Kind(99); !unknown.Transaction() || unknown.String() != "kind_99" {
		t.Errorf("a kind newer than this list is %v, a transaction: %v", unknown, unknown.Transaction())
	}
}

func TestNAKText(t *testing.T) {
	for n, want := range map[NAK]string{
		NAKUnspecified: "no reason given", NAKWrongEpoch: "another log epoch", 8: "reason 8", -1: "reason -1",
	} {
		if n.String() != want {
			t.Errorf("NAK %d reads %q, want %q", int(n), n, want)
		}
	}
}
