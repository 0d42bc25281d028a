package config

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/joho/godotenv"
)

// dotenvFile is looked for in the working directory. It may be missing, and may be dotenvMost bytes long.
const (
	dotenvFile = ".env"
	dotenvMost = 64 << 10
)

// dotenv is what such a file says.
type dotenv struct {
	values map[string]string
	// lines are those in which each key is set, from 1.
	lines map[string][]int
	// expanded are those with a $ that does not stay as it is.
	expanded []int
	faults   Faults
}

// readDotenv reads a file; none is as good as an empty one.
func readDotenv(path string) (dotenv, error) {
	text, err := readText(path)
	if err != nil {
		return dotenv{}, err
	}
	return parseDotenv(text), nil
}

func readText(path string) (string, error) {
	const byteOrderMark = "\ufeff" // which some editors put before a text
	text, err := readShort(path, dotenvMost)
	_, absent := os.Lstat(path)
	switch {
	case errors.Is(absent, fs.ErrNotExist):
		return "", nil
	case errors.Is(err, fs.ErrNotExist):
		return "", errors.New("is a link to what is not there")
	case err != nil:
		return "", fmt.Errorf("can't be read: %w", err)
	}
	return strings.TrimPrefix(text, byteOrderMark), nil
}

// parseDotenv passes over the lines that can't be read, and names them without anything of what is in them: godotenv's
// own errors quote the rest of the file, secrets and all.
func parseDotenv(text string) dotenv {
	d := dotenv{lines: make(map[string][]int)}
	lines := strings.SplitAfter(text, "\n")
	var good strings.Builder
	var bad []int
	for at := 0; at < len(lines); {
		keys, n := statement(lines[at:])
		for _, key := range keys {
			d.lines[key] = append(d.lines[key], at+1)
		}
		if n == 0 {
			bad, n = append(bad, at+1), 1
		} else {
			text := strings.Join(lines[at:at+n], "")
			good.WriteString(text)
			if expands(text) {
				d.expanded = append(d.expanded, at+1)
			}
		}
		at += n
	}
	d.values, _ = godotenv.Unmarshal(good.String()) // each of its lines was read before
	if bad != nil {
		d.faults = Faults{{dotenvFile, numbered(bad) + " can't be read; want KEY=value, KEY='value' or # and a remark"}}
	}
	return d
}

// statement reads the first of the lines, with those behind it over which a quoted value goes on. It returns the keys
// that it sets and how many lines it has; none when it can't be read.
func statement(lines []string) (keys []string, n int) {
	for n = 1; n <= len(lines); n++ {
		if n > 1 && !strings.ContainsAny(lines[n-1], `'"`) {
			continue // the value that is quoted goes on
		}
		values, err := godotenv.Unmarshal(strings.Join(lines[:n], ""))
		_, keyless := values[""] // godotenv lets that pass
		switch {
		case err == nil && !keyless:
			return slices.Sorted(maps.Keys(values)), n
		case keyless || !strings.HasPrefix(err.Error(), "unterminated"):
			return nil, 0
		}
	}
	return nil, 0
}

// expands reports whether godotenv takes a $ in a statement for the beginning of a variable.
func expands(text string) bool {
	const held = "\ue000" // in the place of each $
	read, _ := godotenv.Unmarshal(text)
	literal, _ := godotenv.Unmarshal(strings.ReplaceAll(text, "$", held))
	return !maps.EqualFunc(read, literal, func(a, b string) bool { return a == strings.ReplaceAll(b, held, "$") })
}

// numbered names lines, the first ones if there are many.
func numbered(lines []int) string {
	const most = 5
	var names []string
	for _, line := range lines[:min(len(lines), most)] {
		names = append(names, strconv.Itoa(line))
	}
	if more := len(lines) - most; more > 0 {
		names = append(names, strconv.Itoa(more)+" more")
	}
	last := len(names) - 1
	if last == 0 {
		return "line " + names[0]
	}
	return "lines " + strings.Join(names[:last], ", ") + " and " + names[last]
}
