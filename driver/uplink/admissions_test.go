package uplink

import (
	"errors"
	"testing"
	"time"

	pb "mercury-driver/proto/mercury/driver/v1"
)

func asking(keys ...int) *Admissions[int] {
	a := newAdmissions[int](func() float64 { return 1 })
	for _, key := range keys {
		a.Admit(key, &pb.AdmitRequest{Serial: uint64(key)})
	}
	return a
}

var errBusy = errors.New("busy")

func TestQuestionsWaitForTheStream(t *testing.T) {
	a := asking(1, 2)
	if q, _ := a.Next(start); q != nil {
		t.Fatal("put without a stream")
	}
	a.open()
	for want := 1; want <= 2; want++ {
		if q, _ := a.Next(start); q == nil || q.Key != want {
			t.Fatalf("question %d: got %v", want, q)
		}
	}
	if q, _ := a.Next(start); q != nil {
		t.Fatalf("put twice: %v", q)
	}
}

func TestQuestionsAtOnceAreBounded(t *testing.T) {
	a := asking()
	a.open()
	for key := range 5000 {
		a.Admit(key, &pb.AdmitRequest{})
	}
	var put []*Question[int]
	for q, _ := a.Next(start); q != nil; q, _ = a.Next(start) {
		put = append(put, q)
	}
	if len(put) != maxCalls {
		t.Fatalf("%d questions at once, want %d", len(put), maxCalls)
	}
	if !a.Answered(start, put[3], nil) {
		t.Fatal("a verdict does not end the question")
	}
	if q, _ := a.Next(start.Add(gap)); q == nil || q.Key != maxCalls {
		t.Fatalf("next question is %v, want the oldest", q)
	}
	if a.Pending() != 4999 {
		t.Fatalf("%d pending", a.Pending())
	}
}

// An app that answers at once is asked for a crowd at a steady pace all the same.
func TestQuestionsAreSpread(t *testing.T) {
	a := asking()
	a.open()
	for key := range 5000 {
		a.Admit(key, &pb.AdmitRequest{})
	}
	put := 0
	for now := start; a.Pending() > 0; {
		q, at := a.Next(now)
		if q == nil {
			now = at
			continue
		}
		a.Answered(now, q, nil)
		if put++; put > maxCalls+int(now.Sub(start)/gap) {
			t.Fatalf("%d questions in %v", put, now.Sub(start))
		}
		if at := now.Sub(start); at > 5000*gap {
			t.Fatalf("%d questions in %v", put, at)
		}
	}
	if put != 5000 {
		t.Errorf("%d of 5000 were put", put)
	}
}

func TestFailedQuestionIsPutAgainLater(t *testing.T) {
	a := asking(1)
	a.open()
	now := start
	for _, want := range []time.Duration{200, 400, 800, 1600, 3200, 5000, 5000} {
		q, _ := a.Next(now)
		if q == nil || a.Answered(now, q, errBusy) {
			t.Fatalf("question is %v", q)
		}
		q, at := a.Next(now)
		if q != nil || at.Sub(now) != want*time.Millisecond {
			t.Fatalf("waits %v, want %v ms", at.Sub(now), want)
		}
		now = at
	}
	a.close()
	a.open() // a new stream: the failures of the old one are forgotten
	if q, _ := a.Next(now.Add(-4 * time.Second)); q == nil {
		t.Fatal("a new stream does not ask at once")
	}
}

func TestCancel(t *testing.T) {
	a := asking(1, 2, 3)
	a.open()
	first, _ := a.Next(start)
	a.Cancel(1)
	a.Cancel(2)
	a.Cancel(2)
	a.Cancel(99)
	if keys := a.Cancelled(); len(keys) != 1 || keys[0] != 2 {
		t.Fatalf("cancelled before they were put: %v, want 2", keys)
	}
	if first.dropped.Err() == nil {
		t.Fatal("the call is not called off")
	}
	if !a.Answered(start, first, errBusy) {
		t.Fatal("a cancelled question is put again")
	}
	if q, _ := a.Next(start); q == nil || q.Key != 3 {
		t.Fatalf("next is %v, want 3", q)
	}
	if a.Pending() != 1 || len(a.Cancelled()) != 0 {
		t.Fatal("a question is still known after its end")
	}
}
