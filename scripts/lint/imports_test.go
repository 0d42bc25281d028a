package main

import "testing"

func TestImports(t *testing.T) {
	for _, test := range []struct {
		name, path, target string
		allowed            bool
	}{
		{"a leaf nothing", "driver/config/f.go", "cvendor/scp", false},
		{"a leaf not another", "driver/report/f.go", "driver/config", false},
		{"scp no cvendor", "cvendor/scp/f.go", "cvendor", false},
		{"proto no scp", "proto/mercury/driver/v1/f.go", "cvendor/scp", false},
		{"proto its own", "proto/mercury/app/v1/f.go", "proto/mercury/driver/v1", true},
		{"cvendor scp", "cvendor/f.go", "cvendor/scp", true},
		{"cvendor no driver", "cvendor/f.go", "driver/thread", false},
		{"cvendor no simulator", "cvendor/f.go", "sim/libmpl", false},
		{"admin the sessions", "driver/admin/f.go", "driver/controller", true},
		{"admin no commands", "driver/admin/f.go", "driver/command", false},
		{"a session the words", "driver/controller/f.go", "cvendor/scp", true},
		{"a session no event", "driver/controller/f.go", "driver/event", false},
		{"a session no uplink", "driver/controller/f.go", "driver/uplink", false},
		{"event a leaf", "driver/event/f.go", "driver/thread", true},
		{"event the sessions", "driver/event/f.go", "driver/controller", true},
		{"event no cvendor", "driver/event/f.go", "cvendor", false},
		{"event no command", "driver/event/f.go", "driver/command", false},
		{"command the sessions", "driver/command/f.go", "driver/controller", true},
		{"command the contract", "driver/command/f.go", "proto/mercury/driver/v1", true},
		{"command no cvendor", "driver/command/f.go", "cvendor", false},
		{"uplink the contract", "driver/uplink/f.go", "proto/mercury/driver/v1", true},
		{"uplink no sessions", "driver/uplink/f.go", "driver/controller", false},
		{"a new folder a leaf", "driver/spool/f.go", "driver/report", true},
		{"a new folder no more", "driver/spool/f.go", "driver/controller", false},
		{"a part its whole", "driver/command/claim/f.go", "driver/command", true},
		{"main all of the driver", "driver/main.go", "driver/uplink", true},
		{"main cvendor", "driver/main.go", "cvendor", true},
		{"main no simulator", "driver/main.go", "sim/libmpl", false},
		{"link_sim.go the library", "driver/link_sim.go", "sim/libmpl", true},
		{"link_sim.go no fleet", "driver/link_sim.go", "sim/fleet", false},
		{"a test the simulator", "driver/event/f_test.go", "sim/panel", true},
		{"a test no cvendor", "driver/event/f_test.go", "cvendor", false},
		{"sim the words", "sim/panel/f.go", "cvendor/scp", true},
		{"sim no cvendor", "sim/fleet/f.go", "cvendor", false},
		{"sim no driver", "sim/app/f.go", "driver/config", false},
		{"sim itself", "sim/cmd/mercury-sim/f.go", "sim/app", true},
		{"the library no driver", "sim/libmpl/f.go", "driver/thread", false},
		{"scripts the contract", "scripts/e2e/f_test.go", "proto/mercury/app/v1", true},
		{"scripts no simulator", "scripts/e2e/f_test.go", "sim/panel", false},
		{"scripts no driver", "scripts/e2e/f_test.go", "driver/config", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			where := test.path + ":3"
			if test.allowed {
				where = ""
			}
			text := "package p\n\nimport _ \"mercury-driver/" + test.target + "\"\n"
			expect(t, plant(t, map[string]string{test.path: text}), where, "may not import "+test.target)
		})
	}
}

func TestOthersImports(t *testing.T) {
	text := "package config\n\nimport (\n\t_ \"os\"\n\n\t_ \"golang.org/x/sync/errgroup\"\n)\n"
	expect(t, plant(t, map[string]string{"driver/config/f.go": text}), "", "")
}
