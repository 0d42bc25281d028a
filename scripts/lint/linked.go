package main

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// checkLinked asks the go command what a driver for the real library is made of: nothing of the
// simulator, whatever way it would come in.
func checkLinked(root string) ([]breach, error) {
	command := exec.Command("go", "list", "-deps", "-tags", "mpl", "./driver")
	command.Dir = root
	out, err := command.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return nil, fmt.Errorf("list what ./driver is made of: %s", exit.Stderr)
	}
	if err != nil {
		return nil, fmt.Errorf("list what ./driver is made of: %w", err)
	}
	var breaches []breach
	for name := range strings.Lines(string(out)) {
		folder, ours := strings.CutPrefix(strings.TrimSpace(name), module+"/")
		if ours && within(folder, "sim") {
			breaches = append(breaches, breach{"driver", folder + " is linked with -tags mpl: import it in " +
				linkFile + " alone, under //go:build !mpl"})
		}
	}
	return breaches, nil
}
