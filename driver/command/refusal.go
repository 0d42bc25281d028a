package command

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"
)

// What a user of Redis must be allowed, in the words of ACL SETUSER.
const (
	mayHear       = "+ping +subscribe +unsubscribe &%s*"
	mayHearShards = "+ping +ssubscribe +sunsubscribe +cluster|slots &%s*"
	mayClaim      = "+set +get ~%s*"
	mayRead       = "+info +time +xgroup +xinfo +expire +xpending +xreadgroup +xrange +xclaim +xack +xdel ~%s*"
)

// explain says of what Redis refuses us what has to change there or in our settings; other errors stay as they are.
// rights are for a prefix of channels or keys.
func explain(err error, o *redis.Options, rights, prefix string) error {
	user := cmp.Or(o.Username, "default")
	if o.DB > 0 {
		rights = "+select " + rights
	}
	switch {
	case redis.IsPermissionError(err):
		return fmt.Errorf("user %s lacks a right in Redis; ACL SETUSER %[1]s %s gives it what is needed here (%w)",
			user, quoted(fmt.Sprintf(rights, prefix)), err)
	case redis.IsAuthError(err) && o.Password == "":
		return fmt.Errorf("REDIS_URL has no password, and Redis wants one: want user:password@ before its host (%w)", err)
	case redis.IsAuthError(err):
		return fmt.Errorf("user %s with the password in REDIS_URL is not taken by Redis: it is another one there, or "+
			"the user is off (%w)", user, err)
	case err != nil && strings.Contains(err.Error(), "cluster support disabled"):
		return fmt.Errorf("that Redis is no cluster, which COMMAND_SOURCE=sharded needs: set pubsub or streams, for the "+
			"vendor app too (%w)", err)
	}
	return err
}

// quoted puts the words in quotes that a shell would take for more than words.
func quoted(rights string) string {
	words := strings.Fields(rights)
	for i, word := range words {
		if strings.ContainsAny(word, "&~|*") {
			words[i] = "'" + word + "'"
		}
	}
	return strings.Join(words, " ")
}

// ofCluster says what a Redis is that sends us to another one; other errors stay as they are. It is not for those who
// know that they speak to a cluster: what a slot that moves answers them passes.
func ofCluster(err error) error {
	_, moved := redis.IsMovedError(err)
	if _, asks := redis.IsAskError(err); !moved && !asks {
		return err
	}
	return fmt.Errorf("that Redis is a cluster: set COMMAND_SOURCE=sharded, for the vendor app too; streams need one "+
		"Redis (%w)", err)
}
