// Command appender is the bare durable append: pieces of so many bytes, one after the other, into a file whose blocks are
// there already, each followed by an fdatasync. It appends for as long as it was told, prints the pace of the pieces
// and ends.
package main

import (
	"flag"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"mercury-driver/scripts/bench/pace"
)

// preallocated is the size of the file; behind its end it begins again.
const preallocated = 256 << 20

func main() {
	path := flag.String("file", "", "`file` to make")
	size := flag.Int("bytes", 4096, "`bytes` of a piece")
	span := flag.Duration("for", 5*time.Second, "`span` of the measurement")
	flag.Parse()
	if err := run(*path, make([]byte, *size), *span); err != nil {
		fmt.Fprintln(os.Stderr, "appender:", err)
		os.Exit(1)
	}
}

func run(path string, piece []byte, span time.Duration) error {
	file, err := prepare(path)
	if err != nil {
		return err
	}
	defer file.Close()
	writes, began := 0, pace.Begin()
	for ; began.Since() < span; writes++ {
		place := writes % (preallocated / len(piece)) * len(piece)
		if _, err := file.WriteAt(piece, int64(place)); err != nil {
			return err
		}
		if err := unix.Fdatasync(int(file.Fd())); err != nil {
			return err
		}
	}
	return pace.Print(began.Pace(float64(writes)))
}

// prepare makes the file and fills it, so that an append changes nothing but bytes.
func prepare(path string) (*os.File, error) {
	file, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	zeros := make([]byte, 1<<20)
	for range preallocated / len(zeros) {
		if _, err := file.Write(zeros); err != nil {
			return nil, err
		}
	}
	return file, file.Sync()
}
