//go:build mpl && pretend

package cvendor_test

import (
	"fmt"
	"testing"

	"mercury-driver/cvendor/scp"
)

// Run these on a library built with -DLOG_SIZE=1000000000: they measure the seam, and little else.

func BenchmarkDrain(b *testing.B) {
	for _, size := range []int{1, 16, 256} {
		b.Run(fmt.Sprintf("batch %d", size), func(b *testing.B) {
			s := open(b)
			s.post(scp.LogResume{})
			s.next(scp.CommandReply)
			b.ReportAllocs()
			messages := 0
			for b.Loop() {
				n, _ := s.Drain(s.batch[:size], 0, true)
				messages += n
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(messages), "ns/message")
			s.post(scp.LogPause{})
		})
	}
}

func BenchmarkPost(b *testing.B) {
	s := open(b)
	b.ReportAllocs()
	for b.Loop() {
		s.post(scp.Unlock{Door: 1})
		if n, _ := s.Drain(s.batch[:1], 0, true); n != 1 {
			b.Fatal("no answer")
		}
	}
}
