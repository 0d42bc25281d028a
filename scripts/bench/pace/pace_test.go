package pace

import (
	"encoding/json"
	"testing"
	"time"
)

func TestPace(t *testing.T) {
	if got, want := Of(3000, 1500*time.Millisecond, 6*time.Millisecond), (Pace{Rate: 2000, CPU: 2}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// What the process itself does counts.
func TestAMarkSeesTheProcess(t *testing.T) {
	m := Begin()
	for m.Since() < 50*time.Millisecond {
	}
	if got := m.Pace(1); got.Rate > 20 || got.CPU < 1000 {
		t.Errorf("%+v of 50 ms of work", got)
	}
}

func TestWhatIsPrintedIsRead(t *testing.T) {
	type found struct {
		Pace
		Bytes int `json:"bytes"`
	}
	wrote := found{Pace{4, 0.5}, 7}
	text, err := json.Marshal(wrote)
	if err != nil {
		t.Fatal(err)
	}
	var read found
	if err := Read(string(text), &read); err != nil || read != wrote {
		t.Errorf("%+v (%v), want %+v", read, err, wrote)
	}
	if err := Read("inserter: no room", &read); err == nil {
		t.Error("a complaint was read as a figure")
	}
}
