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

// checkSleeps finds tests that sleep as a wait, or take a value of time.After for nothing else. In a loop it polls until
// a deadline, and in a file of testing/synctest it moves a fake clock; both are fine.
func checkSleeps(f *file) []breach {
	if !f.test() || f.importOf("testing/synctest") != nil {
		return nil
	}
	var breaches []breach
	for _, sleep := range append(f.mentions("time", func(name string) bool { return name == "Sleep" }), f.bareAfters()...) {
		if !f.polling(sleep) {
			breaches = append(breaches, f.breach(sleep, "a sleep is not a wait: poll for the condition "+
				"in a loop with a deadline, or use testing/synctest"))
		}
	}
	return breaches
}

// bareAfters returns the mentions of time.After in statements that only wait for it. In a select it is a deadline.
func (f *file) bareAfters() (found []*ast.SelectorExpr) {
	choices := make(map[ast.Stmt]bool) // of a select
	bare := make(map[ast.Expr]bool)
	for node := range ast.Preorder(f.syntax) {
		switch node := node.(type) {
		case *ast.CommClause:
			choices[node.Comm] = true
		case *ast.ExprStmt:
			bare[received(node)] = !choices[node]
		}
	}
	for _, after := range f.mentions("time", func(name string) bool { return name == "After" }) {
		if bare[after] {
			found = append(found, after)
		}
	}
	return found
}

// received is the function whose result a statement receives from, and drops; nil for another statement.
func received(statement *ast.ExprStmt) ast.Expr {
	if receive, ok := statement.X.(*ast.UnaryExpr); ok {
		if call, ok := receive.X.(*ast.CallExpr); ok {
			return call.Fun
		}
	}
	return nil
}

// polling reports whether a node stands in a loop that, apart from it, knows of an end in time.
func (f *file) polling(inner ast.Node) bool {
	for node := range ast.Preorder(f.syntax) {
		loop, ok := node.(*ast.ForStmt)
		if ok && loop.Pos() <= inner.Pos() && inner.End() <= loop.End() && deadlined(loop, inner) {
			return true
		}
	}
	return false
}

// deadlined reports whether the loop names a deadline or a clock, but for the inner node.
func deadlined(loop *ast.ForStmt, inner ast.Node) bool {
	for node := range ast.Preorder(loop) {
		name, ok := node.(*ast.Ident)
		if !ok || inner.Pos() <= name.Pos() && name.End() <= inner.End() {
			continue
		}
		switch lower := strings.ToLower(name.Name); {
		case strings.Contains(lower, "deadline"), lower == "now", lower == "since", lower == "until", lower == "after":
			return true
		}
	}
	return false
}
