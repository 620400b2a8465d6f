package architecture

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// A file is what the rules look at in one Go file.
type file struct {
	path      string   // from the module's root, with slashes
	pkg       string   // the name in its package clause
	imports   []string // folders of this module only, from its root
	lines     int
	generated bool
}

func (f file) dir() string  { return path.Dir(f.path) }
func (f file) base() string { return path.Base(f.path) }
func (f file) test() bool   { return strings.HasSuffix(f.path, "_test.go") }

// root is the folder of go.mod, two above this package.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// modulePath reads the module line of go.mod.
func modulePath(root string) (string, error) {
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(mod)) {
		if name, ok := strings.CutPrefix(line, "module "); ok {
			return strings.TrimSpace(name), nil
		}
	}
	return "", fmt.Errorf("%s/go.mod has no module line", root)
}

// walk calls visit with every file that belongs to the project, by its path from root with slashes.
func walk(root string, visit func(name string) error) error {
	return filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		if !entry.IsDir() {
			return visit(filepath.ToSlash(rel))
		}
		switch base := entry.Name(); {
		case rel == ".":
		case rel == "bin", base == "testdata", base == "node_modules", base == ".git", strings.HasPrefix(base, "_"):
			return fs.SkipDir
		}
		return nil
	})
}

// readTree reads all Go files under root.
func readTree(root string) ([]file, error) {
	module, err := modulePath(root)
	if err != nil {
		return nil, err
	}
	var files []file
	err = walk(root, func(name string) error {
		if path.Ext(name) != ".go" {
			return nil
		}
		src, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		f, err := readFile(name, module, src)
		files = append(files, f)
		return err
	})
	return files, err
}

func readFile(name, module string, src []byte) (file, error) {
	parsed, err := parser.ParseFile(token.NewFileSet(), name, src, parser.ImportsOnly|parser.ParseComments)
	if err != nil {
		return file{}, err
	}
	f := file{
		path:      name,
		pkg:       parsed.Name.Name,
		lines:     bytes.Count(src, []byte("\n")),
		generated: ast.IsGenerated(parsed),
	}
	for _, spec := range parsed.Imports {
		if dir, ok := strings.CutPrefix(strings.Trim(spec.Path.Value, "`\""), module+"/"); ok {
			f.imports = append(f.imports, dir)
		}
	}
	return f, nil
}
