package main

import "testing"

func TestSkips(t *testing.T) {
	for _, test := range []struct{ name, path, call, where string }{
		{"skips", "driver/event/f_test.go", `t.Skip("no")`, "driver/event/f_test.go:4"},
		{"skips in words", "driver/event/f_test.go", `t.Skipf("no %s", "x")`, "driver/event/f_test.go:4"},
		{"skips at once", "driver/event/f_test.go", `t.SkipNow()`, "driver/event/f_test.go:4"},
		{"skips no test", "driver/event/f.go", `t.Skip("no")`, ""},
		{"fails", "driver/event/f_test.go", `t.Fatal("no")`, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := "package event\n\nfunc f(t T) {\n\t" + test.call + "\n}\n"
			expect(t, plant(t, map[string]string{test.path: text}), test.where, "keep it out by a build tag")
		})
	}
}

func TestSleeps(t *testing.T) {
	const head = "package p\n\nimport \"time\"\n\n"
	for _, test := range []struct{ name, path, text, where string }{
		{"bare", "driver/event/f_test.go", head + "func f() { time.Sleep(1) }\n", "driver/event/f_test.go:5"},
		{"in an endless loop", "driver/event/f_test.go", head +
			"func f() {\n\tfor !holds() {\n\t\ttime.Sleep(1)\n\t}\n}\n", "driver/event/f_test.go:7"},
		{"after a polling loop", "driver/event/f_test.go", head +
			"func f() {\n\tfor time.Now().Before(end) {\n\t}\n\ttime.Sleep(1)\n}\n", "driver/event/f_test.go:8"},
		{"in a polling loop", "driver/event/f_test.go", head +
			"func f() {\n\tfor !holds() {\n\t\tif time.Since(start) > limit {\n\t\t\treturn\n\t\t}\n\t\ttime.Sleep(1)\n\t}\n}\n", ""},
		{"between the rounds of one", "driver/event/f_test.go", head +
			"func f() {\n\tfor deadline := soon(); open(deadline); time.Sleep(1) {\n\t}\n}\n", ""},
		{"on a fake clock", "driver/event/f_test.go",
			"package p\n\nimport (\n\t\"testing/synctest\"\n\t\"time\"\n)\n\nfunc f() { time.Sleep(1); synctest.Wait() }\n", ""},
		{"as a receive", "driver/event/f_test.go", head + "func f() { <-time.After(1) }\n", "driver/event/f_test.go:5"},
		{"as a receive in an endless loop", "driver/event/f_test.go", head +
			"func f() {\n\tfor !holds() {\n\t\t<-time.After(1)\n\t}\n}\n", "driver/event/f_test.go:7"},
		{"as a receive between the rounds of one", "driver/event/f_test.go", head +
			"func f() {\n\tfor ; !holds(); <-time.After(1) {\n\t}\n}\n", "driver/event/f_test.go:6"},
		{"as a receive in a polling loop", "driver/event/f_test.go", head +
			"func f() {\n\tfor time.Now().Before(end) {\n\t\t<-time.After(1)\n\t}\n}\n", ""},
		{"as a deadline in a select", "driver/event/f_test.go", head +
			"func f() {\n\tselect {\n\tcase <-done:\n\tcase <-time.After(1):\n\t}\n}\n", ""},
		{"outside of tests", "sim/fleet/f.go", head + "func f() { time.Sleep(1) }\n", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			expect(t, plant(t, map[string]string{test.path: test.text}), test.where, "a sleep is not a wait")
		})
	}
}
