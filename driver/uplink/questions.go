package uplink

import (
	"context"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "mercury-driver/proto/mercury/driver/v1"
)

// putQuestions puts the questions of the Admissions as long as the stream is up, each in a goroutine
// that it starts; Admissions bounds how many those are.
func (u *Uplink[K]) putQuestions(open, live context.Context, start func(string, func() error),
	client pb.VendorAppServiceClient, h Handler[K]) error {
	for open.Err() == nil {
		q, due := u.Admissions.Next(time.Now())
		if q == nil {
			u.Admissions.wake.wait(open, due)
			continue
		}
		start("question", func() error {
			u.put(live, client, h, q)
			return nil
		})
	}
	return nil
}

// put asks the vendor app one question, and hands on what ends it.
func (u *Uplink[K]) put(ctx context.Context, client pb.VendorAppServiceClient, h Handler[K], q *Question[K]) {
	ctx, cancel := context.WithTimeout(ctx, silence)
	defer cancel()
	defer context.AfterFunc(q.dropped, cancel)()
	bornAfter := time.Now()
	resp, err := client.Admit(ctx, q.Request)
	if err == nil && resp.Verdict == nil {
		err = &BreachError{"AdmitResponse has no verdict that we know"}
	}
	first := q.backoff == backoff{}
	if u.Admissions.Answered(time.Now(), q, err) {
		h.Admitted(time.Now(), q.Key, resp, bornAfter, err)
		return
	}
	if first && !passing(err) {
		u.config.Log.Warn("the vendor app did not decide over a controller, asking again",
			"controller", q.Request.Serial, "err", err)
	}
}

// passing reports whether a question failed for something that passes by itself, and that the
// stream's own fate tells anyway.
func passing(err error) bool {
	switch status.Code(err) {
	case codes.Unavailable, codes.ResourceExhausted, codes.Canceled:
		return true
	}
	return false
}

// reportCancelled ends the questions that were cancelled before they were put, stream or not.
func (u *Uplink[K]) reportCancelled(ctx context.Context, h Handler[K]) {
	for ctx.Err() == nil {
		for _, key := range u.Admissions.Cancelled() {
			h.Admitted(time.Now(), key, nil, time.Time{}, context.Canceled)
		}
		u.Admissions.dropWake.wait(ctx, time.Time{})
	}
}
