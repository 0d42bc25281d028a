package oracle

import "fmt"

// Account asks less than Judge, of panels that were bound to lose something: what they logged is stored, unaltered, or
// lies in a gap that was reported, and nothing else of them is stored. It returns how many transactions lie in gaps, and
// what is wrong.
func Account(journals, database string) (missing int, faults []string, err error) {
	panels, err := readPanels(journals)
	if err != nil {
		return 0, nil, fmt.Errorf("read the panels' journals: %w", err)
	}
	app, err := readApp(database)
	if err != nil {
		return 0, nil, fmt.Errorf("read the app's database: %w", err)
	}
	stored, ours := make(map[name]transaction), make(map[uint64]bool)
	for _, t := range app.events {
		stored[t.name] = t
	}
	v := &Verdict{}
	for _, t := range panels.entries {
		ours[t.serial] = true
		got, arrived := stored[t.name]
		switch {
		case arrived && got != t:
			v.fault("%v: the panel logged %s %s, the app has %s %s", t.name, t.kind, t.body, got.kind, got.body)
		case !arrived && app.reportedMissing(t.name):
			missing++
		case !arrived:
			v.fault("%v: the panel logged %s, the app neither has it nor knows that it is missing", t.name, t.kind)
		}
		delete(stored, t.name)
	}
	for _, t := range stored {
		if ours[t.serial] {
			v.fault("%v: the app has %s, the panel did not log it", t.name, t.kind)
		}
	}
	v.judgeOrder(app)
	return missing, v.Faults, nil
}
