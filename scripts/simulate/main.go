// Command simulate runs the whole system in memory, one world a seed, and says which promises are broken. Package
// world says what a world is, package oracle what is promised.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"mercury-driver/scripts/simulate/world"
)

func main() {
	var r run
	flag.Uint64Var(&r.next, "first", 1, "the first `seed`")
	flag.Uint64Var(&r.seeds, "seeds", 300, "how many, one after the other")
	trace := flag.Bool("trace", false, "write down every step")
	flag.Parse()
	if *trace {
		r.trace = os.Stdout
	}
	began := time.Now()
	r.all()
	fmt.Printf("%d seeds, %d failed; %d steps in %v\n", r.seeds, r.failed.Load(), r.steps.Load(), time.Since(began).Round(time.Second/10))
	if r.failed.Load() > 0 {
		os.Exit(1)
	}
}

// run is many worlds: each is stepped by one goroutine, and there are as many of those as processors.
type run struct {
	next, seeds   uint64
	trace         io.Writer // nil: nobody reads along
	failed, steps atomic.Uint64
	say           sync.Mutex
}

func (r *run) all() {
	seeds := make(chan uint64)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for seed := range seeds {
				r.one(seed)
			}
		})
	}
	for i := range r.seeds {
		seeds <- r.next + i
	}
	close(seeds)
	workers.Wait()
}

func (r *run) one(seed uint64) {
	w := world.New(seed, r.trace)
	err := w.Run()
	r.steps.Add(w.Steps())
	if err == nil {
		return
	}
	r.failed.Add(1)
	again := world.New(seed, nil)
	_ = again.Run()
	r.say.Lock()
	defer r.say.Unlock()
	fmt.Printf("seed %d: %v\n", seed, err)
	if again.Trail() == w.Trail() {
		fmt.Printf("\tstep by step: make sim SEEDS=1 FIRST_SEED=%d TRACE=1\n", seed)
	} else {
		fmt.Printf("\tand it does NOT replay: the second run took %d steps, the first %d\n", again.Steps(), w.Steps())
	}
}
