package main

import (
	"io/fs"
	"path"
	"slices"
	"strings"
)

// empty are names that say nothing of what a package does.
var empty = []string{"util", "utils", "common", "helper", "helpers", "manager", "managers"}

func checkName(f *file) []breach {
	name := strings.TrimSuffix(f.syntax.Name.Name, "_test")
	if !slices.Contains(empty, name) && !slices.Contains(empty, path.Base(f.folder)) {
		return nil
	}
	return []breach{f.breach(f.syntax.Name, "package %s in %s is named by nothing that it does: name it by "+
		"its subject, or move its code to who uses it", name, f.folder)}
}

// folders are all that stand at the top: the house, and two that git ignores.
var folders = []string{"cvendor", "driver", "proto", "sim", "scripts", "bin", "out"}

// checkFolders leaves alone what starts with a dot: it belongs to git, to CI and to editors.
func checkFolders(tree fs.FS) ([]breach, error) {
	entries, err := fs.ReadDir(tree, ".")
	var breaches []breach
	for _, entry := range entries {
		name := entry.Name()
		if entry.IsDir() && !strings.HasPrefix(name, ".") && !slices.Contains(folders, name) {
			breaches = append(breaches, breach{name, "no other folder stands at the top: it belongs " +
				"into one of " + strings.Join(folders, ", ")})
		}
	}
	return breaches, err
}
