package act

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"mercury-driver/sim/panel"
)

// Whatever is asked for at a panel: it is refused, and the panel logs nothing and moves no relay; or it is an act that
// means the same when it is written and read again.
func FuzzDo(f *testing.F) {
	f.Add([]byte(`{"act":"swipe","numbers":{"reader":1,"card":1001}}`))
	f.Add([]byte(`{"act":"open-cabinet","numbers":{"module":0}}`))
	f.Add([]byte(`{"act":"exit","numbers":{"door":4294967297}}`))
	f.Add([]byte(`{"act":"cut-mains","numbers":{}}`))
	f.Add([]byte(`{"act":"cut-input","numbers":{"input":9}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var a, again Act
		if json.Unmarshal(text, &a) != nil {
			return
		}
		p := panel.New(panel.Options{Serial: 1, LogCapacity: 16})
		p.Start(time.Unix(1_800_000_000, 0))
		before, moves := p.Identity(), p.Moves()
		if a.Do(p) != nil {
			if p.Identity() != before || p.Moves() != moves {
				t.Errorf("%+v is refused, and did something", a)
			}
			return
		}
		written, err := json.Marshal(a)
		if err == nil {
			err = json.Unmarshal(written, &again)
		}
		if err != nil || a.Name != again.Name || len(a.Numbers) > 0 && !reflect.DeepEqual(a, again) {
			t.Errorf("%+v became %+v, %v", a, again, err)
		}
	})
}
