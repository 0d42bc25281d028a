package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/joho/godotenv"
)

// dotenvFile is looked for in the working directory. It may be missing, and may be dotenvMost bytes long.
const (
	dotenvFile = ".env"
	dotenvMost = 64 << 10
)

// lookup finds a value as os.LookupEnv does: one that is set to nothing is set.
type lookup func(key string) (value string, set bool)

// with returns a lookup in which key has this value.
func (l lookup) with(key, value string) lookup {
	return func(wanted string) (string, bool) {
		if wanted == key {
			return value, true
		}
		return l(wanted)
	}
}

// environment is the process's environment with what file adds to it.
func environment(file string) (lookup, error) {
	added, err := readDotenv(file)
	if err != nil {
		return nil, Faults{{file, err.Error()}}
	}
	return func(key string) (string, bool) {
		if value, set := os.LookupEnv(key); set {
			return value, true
		}
		value, set := added[key]
		return value, set
	}, nil
}

// readDotenv reads file; none is as good as an empty one.
func readDotenv(file string) (map[string]string, error) {
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("can't be opened: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, dotenvMost+1))
	if err != nil {
		return nil, fmt.Errorf("can't be read: %w", err)
	}
	if len(text) > dotenvMost {
		return nil, fmt.Errorf("is longer than %d bytes", dotenvMost)
	}
	return parseDotenv(string(text))
}

// parseDotenv names the line of a fault and nothing of what is in it: godotenv's own errors quote the
// rest of the file, secrets and all.
func parseDotenv(text string) (map[string]string, error) {
	if values, ok := parseLines(text); ok {
		return values, nil
	}
	lines := strings.SplitAfter(text, "\n")
	good := len(lines) - 1
	for ; good > 0; good-- {
		if _, ok := parseLines(strings.Join(lines[:good], "")); ok {
			break
		}
	}
	return nil, fmt.Errorf("line %d can't be read; want KEY=value, KEY='value' or # and a remark", good+1)
}

// parseLines refuses what godotenv lets pass as a value without a key.
func parseLines(text string) (map[string]string, bool) {
	values, err := godotenv.Unmarshal(text)
	if _, keyless := values[""]; err != nil || keyless {
		return nil, false
	}
	return values, true
}
