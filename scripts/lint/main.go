// Command lint checks the rules of this house that no compiler and no other tool knows: who may import
// whom, where C, threads and the end of the process are touched, what a test may not do, and which
// folders there are. It reads syntax trees alone, so it needs no C compiler; it checks no style.
//
// It runs in the root of the repository and prints one line a breach, as file:line: what to do. It ends
// with 1 when there is one.
package main

import (
	"fmt"
	"os"
	"slices"
)

func main() {
	breaches, err := check(".")
	for _, b := range breaches {
		fmt.Println(b)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "lint:", err)
	}
	if err != nil || len(breaches) > 0 {
		os.Exit(1)
	}
}

// check holds the module in the folder root against all rules, and returns what it found before an error
// too.
func check(root string) ([]breach, error) {
	tree := os.DirFS(root)
	breaches, err := checkFolders(tree)
	if err != nil {
		return breaches, err
	}
	files, err := parse(tree)
	if err != nil {
		return breaches, err
	}
	linked, err := checkLinked(root)
	return slices.Concat(breaches, checkFiles(files), linked), err
}

func checkFiles(files []*file) []breach {
	var breaches []breach
	for _, f := range files {
		for _, rule := range rules {
			breaches = append(breaches, rule(f)...)
		}
	}
	return breaches
}

// rules are those that hold for each file by itself.
var rules = []func(*file) []breach{
	checkImports,
	checkC,
	checkThreads,
	checkExits,
	checkName,
	checkSkips,
	checkSleeps,
}
