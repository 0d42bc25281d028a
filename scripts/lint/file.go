package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// file is one parsed Go file, whatever its build tags say.
type file struct {
	path   string // from the root of the module
	folder string
	syntax *ast.File
	lines  *token.FileSet
}

// parse reads all Go files of the module in tree, except testdata and modules inside it.
func parse(tree fs.FS) ([]*file, error) {
	var files []*file
	lines := token.NewFileSet()
	return files, fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && foreign(tree, name):
			return fs.SkipDir
		case entry.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		syntax, err := parser.ParseFile(lines, name, text, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files = append(files, &file{name, path.Dir(name), syntax, lines})
		return nil
	})
}

// foreign reports whether the go command too leaves the folder out of the module.
func foreign(tree fs.FS, folder string) bool {
	if folder == "." {
		return false
	}
	_, err := fs.Stat(tree, path.Join(folder, "go.mod"))
	base := path.Base(folder)
	return err == nil || base == "testdata" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_")
}

func (f *file) test() bool { return strings.HasSuffix(f.path, "_test.go") }

func (f *file) breach(at ast.Node, format string, arguments ...any) breach {
	line := f.lines.Position(at.Pos()).Line
	return breach{fmt.Sprintf("%s:%d", f.path, line), fmt.Sprintf(format, arguments...)}
}

// importOf returns the file's import of a package, or nil.
func (f *file) importOf(target string) *ast.ImportSpec {
	for _, spec := range f.syntax.Imports {
		if importPath(spec) == target {
			return spec
		}
	}
	return nil
}

func importPath(spec *ast.ImportSpec) string {
	// The parser has checked the quotes.
	text, _ := strconv.Unquote(spec.Path.Value)
	return text
}

// mentions returns where the file names something of a package of the standard library, under
// whatever name it imports it: called, or only passed on.
func (f *file) mentions(target string, wanted func(name string) bool) []*ast.SelectorExpr {
	spec := f.importOf(target)
	if spec == nil {
		return nil
	}
	local := path.Base(target)
	if spec.Name != nil {
		local = spec.Name.Name
	}
	var found []*ast.SelectorExpr
	for node := range ast.Preorder(f.syntax) {
		selector, ok := node.(*ast.SelectorExpr)
		if !ok || !wanted(selector.Sel.Name) {
			continue
		}
		if x, ok := selector.X.(*ast.Ident); ok && x.Name == local {
			found = append(found, selector)
		}
	}
	return found
}
