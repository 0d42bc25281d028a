package command

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"log/slog"
	"maps"
	"sync/atomic"
	"time"

	"mercury-driver/driver/config"
)

// keyring is the keys that may sign commands, as the key file says them. The file is looked at again and again, so
// that keys are changed without a restart; while it can't be read, the keys before it go on.
type keyring struct {
	file  string
	log   *slog.Logger
	keys  atomic.Pointer[config.Keys]
	stale atomic.Bool
	told  string // the fault that was logged last, since the file was good; the goroutine's of run
}

// lookEvery is how long a new key may have to wait, and a withdrawn one still hold.
const lookEvery = time.Second

// openKeyring reads the file.
func openKeyring(file string, log *slog.Logger) (*keyring, error) {
	keys, err := config.ReadKeys(file)
	if err != nil {
		return nil, config.Faults{{Key: "COMMAND_KEYS", Text: err.Error()}}
	}
	k := &keyring{file: file, log: log}
	k.keys.Store(&keys)
	return k, nil
}

// run looks at the file until ctx ends; then it returns nil.
func (k *keyring) run(ctx context.Context) error {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			k.look()
		case <-ctx.Done():
			return nil
		}
	}
}

func (k *keyring) look() {
	keys, err := config.ReadKeys(k.file)
	if err != nil {
		k.stale.Store(true)
		if fault := err.Error(); fault != k.told {
			k.told = fault
			k.log.Error("COMMAND_KEYS can't be read any more, the keys before go on", "err", err)
		}
		return
	}
	k.told = ""
	used := *k.keys.Load()
	same := maps.EqualFunc(keys, used, func(a, b ed25519.PublicKey) bool { return bytes.Equal(a, b) })
	if !same {
		k.keys.Store(&keys)
	}
	if k.stale.Swap(false) || !same {
		k.log.Info("COMMAND_KEYS was read again", "keys", len(keys))
	}
}

// find is the key of an id, or nil.
func (k *keyring) find(id string) ed25519.PublicKey { return (*k.keys.Load())[id] }
