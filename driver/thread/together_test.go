package thread

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := time.Now().Add(Together(time.Second))
		time.Sleep(time.Until(first) / 2)
		if again := time.Now().Add(Together(time.Second)); !again.Equal(first) {
			t.Errorf("asked later, it is %v later", again.Sub(first))
		}
		time.Sleep(time.Until(first))
		if left := Together(time.Second); left != time.Second {
			t.Errorf("at such a moment the next one is in %v", left)
		}
	})
}
