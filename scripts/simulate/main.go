// Command simulate runs the whole system in memory, one world a seed, and says which promises are broken. Package
// world says what a world is, package oracle what is promised.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"mercury-driver/scripts/simulate/world"
)

func main() {
	var r run
	if r.parse(os.Args[1:]) != nil {
		os.Exit(2)
	}
	began := time.Now()
	r.all()
	fmt.Printf("%d seeds, %d failed; %d steps in %v\n", r.seeds, r.failed.Load(), r.steps.Load(), time.Since(began).Round(time.Second/10))
	if r.failed.Load() > 0 {
		os.Exit(1)
	}
}

// run is many worlds: each is stepped by one goroutine, and there are as many of those as processors, or one when the
// steps are written down.
type run struct {
	next, seeds   uint64
	workers       int
	trace         io.Writer // nil: nobody reads along
	failed, steps atomic.Uint64
	say           sync.Mutex
}

// parse reads the flags. What is wrong with them it says in one line.
func (r *run) parse(args []string) error {
	flags := flag.NewFlagSet("simulate", flag.ContinueOnError)
	flags.Usage = func() {}
	flags.Uint64Var(&r.next, "first", 1, "the first `seed`")
	flags.Uint64Var(&r.seeds, "seeds", 300, "how many, one after the other, 1 at least")
	trace := flags.Bool("trace", false, "write down every step")
	flags.SetOutput(io.Discard)
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		flags.SetOutput(os.Stderr)
		flags.PrintDefaults()
	case err == nil && r.seeds == 0:
		err = errors.New("0 seeds are none")
	case err == nil && flags.NArg() > 0:
		err = fmt.Errorf("argument %q is not understood", flags.Arg(0))
	}
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintf(os.Stderr, "simulate: %v; want whole numbers: -first, or FIRST_SEED of make sim, and -seeds, or SEEDS, from 1\n", err)
	}
	if err != nil {
		return err
	}
	r.workers = runtime.GOMAXPROCS(0)
	if *trace {
		r.workers, r.trace = 1, os.Stdout
	}
	return nil
}

// progressEach is after how many seeds one is told how far it is: a minute, or less.
const progressEach = 1000

func (r *run) all() {
	seeds := make(chan uint64)
	var workers sync.WaitGroup
	for range r.workers {
		workers.Go(func() {
			for seed := range seeds {
				r.one(seed)
			}
		})
	}
	began := time.Now()
	for i := range r.seeds {
		if i > 0 && i%progressEach == 0 {
			fmt.Fprintf(os.Stderr, "%d of %d seeds, %d failed, %v\n", i, r.seeds, r.failed.Load(), time.Since(began).Round(time.Second))
		}
		seeds <- r.next + i
	}
	close(seeds)
	workers.Wait()
}

func (r *run) one(seed uint64) {
	first := live(seed, r.trace)
	r.steps.Add(first.steps)
	if first.err == nil {
		return
	}
	r.failed.Add(1)
	again := live(seed, nil)
	r.say.Lock()
	defer r.say.Unlock()
	fmt.Printf("seed %d: %v\n", seed, first.err)
	if again.trail == first.trail {
		fmt.Printf("\tstep by step: make sim SEEDS=1 FIRST_SEED=%d TRACE=1\n", seed)
	} else {
		fmt.Printf("\tand it does NOT replay: the second run took %d steps, the first %d\n", again.steps, first.steps)
	}
}

// life is what is left of one world.
type life struct {
	steps, trail uint64
	err          error
}

// live runs one world. A panic is a failure of it as any other.
func live(seed uint64, trace io.Writer) (l life) {
	var w *world.World
	defer func() {
		if p := recover(); p != nil {
			l.err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
		if w != nil {
			l.steps, l.trail = w.Steps(), w.Trail()
		}
	}()
	w = world.New(seed, trace)
	l.err = w.Run()
	return l
}
