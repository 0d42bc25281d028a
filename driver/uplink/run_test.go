package uplink

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/resolver"
	"google.golang.org/grpc/resolver/manual"
	"google.golang.org/grpc/status"

	"mercury-driver/driver/report"
	pb "mercury-driver/proto/mercury/driver/v1"
)

func TestEventsArriveAndAreAcknowledged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, r := startApp(t), &recorder{}
		u, stop := running(t, a, r)
		synctest.Wait()
		if !u.Outbox.Offer(entry(7, 1, 1)) {
			t.Fatal("no credit after Welcome")
		}
		u.Outbox.Offer(seen(7))
		u.Outbox.Answer(&pb.CommandResult{Id: "a"})
		if err := u.Outbox.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		stop()
		if len(a.events) != 2 || len(a.results) != 1 {
			t.Fatalf("the app has %v and %v", a.events, a.results)
		}
		if len(a.ended) != 1 || a.ended[0] != io.EOF {
			t.Fatalf("the stream was not closed in order: %v", a.ended)
		}
	})
}

func TestLoneEventLeavesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, r := startApp(t), &recorder{}
		u, _ := running(t, a, r)
		time.Sleep(time.Minute) // of the bubble's clock: heartbeats go to and fro
		offered := time.Now()
		u.Outbox.Offer(entry(7, 1, 1))
		synctest.Wait()
		if len(a.stored()) != 1 || time.Now() != offered {
			t.Fatal("the event did not leave at once")
		}
		if n := len(a.began()); n != 1 {
			t.Fatalf("an idle minute took %d streams", n)
		}
		if left := time.Until(r.leasesUntil()); left < 9*time.Second || left > 10*time.Second {
			t.Fatalf("leases run for another %v", left)
		}
	})
}

// A stream whose app says nothing any more ends within 10 s of its last sign of life, even where the
// sender is stuck in a full connection.
func TestHalfOpenIsNoticed(t *testing.T) {
	for name, fail := range map[string]func(*vendorApp){
		"no echo":      func(a *vendorApp) { a.silent.Store(true) },
		"nothing read": func(a *vendorApp) { a.deaf.Store(true) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := startApp(t)
				u, _ := running(t, a, &recorder{})
				time.Sleep(30*time.Second + beat/2)
				fail(a)
				for range 4000 { // more than the connection holds
					ev := seen(7)
					ev.Message.GetOffline().Cause = strings.Repeat("x", 200)
					u.Outbox.Offer(ev)
				}
				time.Sleep(silence)
				synctest.Wait()
				if c := u.Outbox.Counts(); c.Connected && c.Streams == 1 {
					t.Fatal("not noticed in 10 s")
				}
				a.silent.Store(false)
				a.deaf.Store(false)
				if err := u.Outbox.Flush(t.Context()); err != nil {
					t.Fatal(err)
				}
			})
		})
	}
}

func TestAppThatDoesNotWelcomeUsIsDialledAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := startApp(t)
		a.welcome = nil
		running(t, a, &recorder{})
		time.Sleep(silence + longestWait)
		if began := a.began(); len(began) != 2 || began[1].Sub(began[0]) < silence {
			t.Fatalf("streams began at %v", began)
		}
	})
}

func TestAppThatRejectsUsIsTriedSlowly(t *testing.T) {
	for _, code := range []codes.Code{codes.InvalidArgument, codes.FailedPrecondition} {
		t.Run(code.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := startApp(t)
				a.reject = status.Error(code, "not this one")
				running(t, a, &recorder{})
				time.Sleep(10 * time.Minute)
				if n := len(a.began()); n < 10 || n > 20 {
					t.Fatalf("%d streams in 10 minutes", n)
				}
			})
		})
	}
}

func TestAbsentAppIsTriedWithBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, began := startApp(t), time.Now()
		c := a.config()
		dial := c.Dial
		var attempts []time.Duration
		c.Dial = func(ctx context.Context, addr string) (net.Conn, error) {
			attempts = append(attempts, time.Since(began))
			if len(attempts) < 12 {
				return nil, errors.New("nobody there")
			}
			return dial(ctx, addr)
		}
		u, _ := run(t, c, &recorder{})
		time.Sleep(time.Minute)
		if !u.Outbox.Counts().Connected {
			t.Fatal("not connected when the app was there")
		}
		for i := range attempts[1:] {
			wait := attempts[i+1] - attempts[i]
			if wait < shortestWait || wait > longestWait {
				t.Errorf("attempt %d after %v", i+1, wait)
			}
		}
	})
}

// Streams are cut after any number of messages, acknowledgements with them: nothing is lost, and each
// controller's order is kept.
func TestCutAtAnyPoint(t *testing.T) {
	const controllers, each = 8, 400
	synctest.Test(t, func(t *testing.T) {
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		random, cuts := rand.New(rand.NewPCG(seed, 0)), rand.New(rand.NewPCG(seed, 1))
		a := startApp(t)
		a.cutAfter = func() (int, int) { return cuts.IntN(20), 1 + cuts.IntN(20) } // called by one stream at a time
		u, stop := running(t, a, &recorder{})
		next := [controllers]uint64{}
		for left := controllers * each; left > 0; {
			c := random.IntN(controllers)
			if next[c] == each {
				continue
			}
			if random.IntN(10) == 0 {
				time.Sleep(linger)
			}
			if !u.Outbox.Offer(entry(uint64(c+1), 1, next[c]+1)) {
				continue
			}
			next[c]++
			left--
			if left%100 == 0 {
				u.Outbox.Offer(seen(uint64(c + 1)))
				u.Outbox.Answer(&pb.CommandResult{Id: fmt.Sprint(left)})
			}
		}
		if err := u.Outbox.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		stop()
		stored, numbers := [controllers + 1]uint64{}, map[uint64]bool{}
		for _, ev := range a.events {
			if ev.Index == 0 {
				numbers[ev.Number] = true
				continue
			}
			if ev.Index > stored[ev.Serial]+1 {
				t.Fatalf("controller %d: %d came after %d", ev.Serial, ev.Index, stored[ev.Serial])
			}
			stored[ev.Serial] = max(stored[ev.Serial], ev.Index)
		}
		for c := 1; c <= controllers; c++ {
			if stored[c] != each {
				t.Errorf("controller %d: %d of %d stored", c, stored[c], each)
			}
		}
		if want := controllers * each / 100; len(numbers) != want {
			t.Errorf("%d of %d driver events stored", len(numbers), want)
		}
		t.Logf("%d streams, %d events read for %d", len(a.streams), len(a.events), controllers*each)
	})
}

func TestShutdownIsBoundedWhenTheAppHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := startApp(t)
		a.deaf.Store(true)
		_, stop := running(t, a, &recorder{})
		synctest.Wait()
		began := time.Now()
		stop()
		if took := time.Since(began); took > goodbye {
			t.Fatalf("Run took %v to end", took)
		}
	})
}

func TestQuestions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := startApp(t)
		var now, most, calls atomic.Int64
		a.decide = func(ctx context.Context, req *pb.AdmitRequest) (*pb.AdmitResponse, error) {
			defer now.Add(-1)
			most.Store(max(most.Load(), now.Add(1)))
			time.Sleep(time.Millisecond)
			if calls.Add(1)%3 == 0 {
				return nil, status.Error(codes.Unavailable, "busy")
			}
			return admitted(req.Serial), nil
		}
		got := make(chan int, 5000)
		r := &recorder{onAdmitted: func(key int, resp *pb.AdmitResponse, err error) {
			if err != nil || resp.GetAdmitted().LeaseEpoch != uint64(key) {
				t.Errorf("question %d: %v, %v", key, resp, err)
			}
			got <- key
		}}
		u, _ := running(t, a, r)
		for key := range 5000 {
			u.Admissions.Admit(key, &pb.AdmitRequest{Serial: uint64(key)})
		}
		answered := map[int]bool{}
		for range 5000 {
			answered[<-got] = true
		}
		if len(answered) != 5000 || most.Load() > maxCalls {
			t.Fatalf("%d controllers admitted, %d questions at once", len(answered), most.Load())
		}
	})
}

// A verdict may carry commands, and is as old as its question at most.
func TestVerdictIsNoOlderThanItsQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := startApp(t)
		a.decide = func(_ context.Context, req *pb.AdmitRequest) (*pb.AdmitResponse, error) {
			time.Sleep(3 * time.Second)
			return admitted(req.Serial), nil
		}
		ended := make(chan struct{})
		r := &recorder{onAdmitted: func(int, *pb.AdmitResponse, error) { close(ended) }}
		u, _ := running(t, a, r)
		synctest.Wait()
		asked := time.Now()
		u.Admissions.Admit(1, &pb.AdmitRequest{Serial: 1})
		<-ended
		if !r.born.Equal(asked) {
			t.Errorf("the verdict was given after %v, want when it was asked for, %v", r.born, asked)
		}
	})
}

func TestCancelledQuestions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := startApp(t)
		asked := make(chan struct{})
		a.decide = func(ctx context.Context, req *pb.AdmitRequest) (*pb.AdmitResponse, error) {
			close(asked)
			<-ctx.Done()
			return nil, ctx.Err()
		}
		a.deaf.Store(true) // no Welcome: questions wait
		ended := make(chan error)
		r := &recorder{onAdmitted: func(_ int, _ *pb.AdmitResponse, err error) { ended <- err }}
		u, _ := running(t, a, r)
		synctest.Wait()
		u.Admissions.Admit(1, &pb.AdmitRequest{})
		u.Admissions.Cancel(1)
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Fatalf("cancelled without a stream: %v", err)
		}
		a.deaf.Store(false)
		u.Admissions.Admit(2, &pb.AdmitRequest{})
		<-asked
		u.Admissions.Cancel(2)
		if err := <-ended; status.Code(err) != codes.Canceled {
			t.Fatalf("called off: %v", err)
		}
	})
}

// A panic in any goroutine of the uplink ends Run with it.
func TestPanicEndsRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := startApp(t)
		u := New[int](a.config())
		done := make(chan error)
		go func() { done <- u.Run(t.Context(), &recorder{onAcked: func([]*pb.LogPosition) { panic("acked") }}) }()
		synctest.Wait()
		u.Outbox.Offer(entry(7, 1, 1))
		var panicked *report.Panic
		if err := <-done; !errors.As(err, &panicked) || panicked.Value != "acked" {
			t.Fatalf("Run ended with %v", err)
		}
	})
}

// The app's name has two addresses, and the first one takes the connection and says nothing.
func TestTheOtherAddressIsTried(t *testing.T) {
	two := manual.NewBuilderWithScheme("two")
	two.InitialState(resolver.State{Addresses: []resolver.Address{{Addr: "first"}, {Addr: "second"}}})
	resolver.Register(two)
	synctest.Test(t, func(t *testing.T) {
		a, r := startApp(t), &recorder{}
		c := a.config()
		dial := c.Dial
		c.Addr = "two:///app"
		c.Dial = func(ctx context.Context, addr string) (net.Conn, error) {
			if addr == "second" {
				return dial(ctx, addr)
			}
			ours, deaf := net.Pipe()
			context.AfterFunc(t.Context(), func() { deaf.Close() })
			return ours, nil
		}
		run(t, c, r)
		time.Sleep(time.Second) // of the bubble's clock
		synctest.Wait()
		if n := len(a.began()); n != 1 {
			t.Errorf("after a second the app has seen %d streams, want 1", n)
		}
	})
}

// A name is no domain name with two dots, and nobody is asked for it.
func TestAnUnknownNameIsSaid(t *testing.T) {
	c := testConfig()
	c.Addr = "no..such:7001"
	_, err := New[int](c).carry(t.Context(), &recorder{})
	if err == nil || !strings.Contains(err.Error(), "vendor app no..such:7001: no such host (") {
		t.Errorf("got %v", err)
	}
}

// An outage says each of its causes once, though the text of each names the time, and they come in turns.
func TestOutageSaysItsCausesOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		c, dials := testConfig(), 0
		c.Log = slog.New(slog.NewTextHandler(&log, nil))
		c.Dial = func(context.Context, string) (net.Conn, error) {
			dials++
			return nil, fmt.Errorf("%s at %s", []string{"expired", "cut"}[dials%2], time.Now().Format(time.RFC3339))
		}
		_, stop := run(t, c, &recorder{})
		time.Sleep(10 * time.Minute)
		stop()
		if n := strings.Count(log.String(), "level=WARN"); n != 2 || dials < 100 {
			t.Errorf("%d warnings of %d attempts:\n%s", n, dials, log.String())
		}
	})
}
