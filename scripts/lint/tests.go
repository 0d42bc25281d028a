package main

import (
	"go/ast"
	"strings"
)

// checkSkips finds tests that may pass without running.
func checkSkips(f *file) []breach {
	if !f.test() {
		return nil
	}
	var breaches []breach
	for node := range ast.Preorder(f.syntax) {
		call, ok := node.(*ast.CallExpr)
		if !ok {
			continue
		}
		selector, ok := call.Fun.(*ast.SelectorExpr)
		if ok && (selector.Sel.Name == "Skip" || selector.Sel.Name == "Skipf" || selector.Sel.Name == "SkipNow") {
			breaches = append(breaches, f.breach(call, "a test that skips passes without running: let it "+
				"fail and say what is missing, or keep it out by a build tag"))
		}
	}
	return breaches
}

// checkSleeps finds tests that sleep as a wait. In a loop it polls until a deadline, and in a file of
// testing/synctest it moves a fake clock; both are fine.
func checkSleeps(f *file) []breach {
	if !f.test() || f.importOf("testing/synctest") != nil {
		return nil
	}
	var breaches []breach
	for _, sleep := range f.mentions("time", func(name string) bool { return name == "Sleep" }) {
		if !f.polling(sleep) {
			breaches = append(breaches, f.breach(sleep, "a sleep is not a wait: poll for the condition "+
				"in a loop with a deadline, or use testing/synctest"))
		}
	}
	return breaches
}

// polling reports whether a node stands in a loop that knows of an end in time.
func (f *file) polling(inner ast.Node) bool {
	for node := range ast.Preorder(f.syntax) {
		loop, ok := node.(*ast.ForStmt)
		if ok && loop.Pos() <= inner.Pos() && inner.End() <= loop.End() && deadlined(loop) {
			return true
		}
	}
	return false
}

// deadlined reports whether the loop names a deadline or a clock.
func deadlined(loop *ast.ForStmt) bool {
	for node := range ast.Preorder(loop) {
		name, ok := node.(*ast.Ident)
		if !ok {
			continue
		}
		switch lower := strings.ToLower(name.Name); {
		case strings.Contains(lower, "deadline"), lower == "now", lower == "since", lower == "until", lower == "after":
			return true
		}
	}
	return false
}
