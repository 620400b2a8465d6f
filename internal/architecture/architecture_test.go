package architecture

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// tree reads the real tree and makes sure that it is the real one: a walk that finds nothing would find no fault.
func tree(t *testing.T) []file {
	t.Helper()
	files, err := readTree(root(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"tickets/doc.go", "internal/tenant/tx.go", "internal/architecture/architecture_test.go"} {
		if !slices.ContainsFunc(files, func(f file) bool { return f.path == want }) {
			t.Fatalf("%s was not found among %d Go files", want, len(files))
		}
	}
	if !slices.ContainsFunc(files, func(f file) bool { return f.dir() == "tickets" && slices.Contains(f.imports, "internal/tenant") }) {
		t.Fatal("the imports of this module were not recognised: tickets is known to import internal/tenant")
	}
	return files
}

func TestImportsPointInTheAllowedDirections(t *testing.T) {
	for _, wrong := range directions(tree(t)) {
		t.Error(wrong)
	}
}

func TestFilesAreShortAndPackagesNamedAfterWhatTheyHold(t *testing.T) {
	for _, wrong := range habits(tree(t)) {
		t.Error(wrong)
	}
}

func TestNothingIsLeftToDoInTheSources(t *testing.T) {
	left := regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME)\b`)
	kinds := []string{".go", ".sql", ".sh", ".js", ".css", ".html", ".awk"}
	dir, seen := root(t), 0
	err := walk(dir, func(name string) error {
		if !slices.Contains(kinds, path.Ext(name)) {
			return nil
		}
		seen++
		src, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		n := 0
		for line := range strings.Lines(string(src)) {
			if n++; left.MatchString(line) {
				t.Errorf("%s:%d: do it, or file it: %s", name, n, strings.TrimSpace(line))
			}
		}
		return nil
	})
	if err != nil || seen == 0 {
		t.Fatalf("read %d sources: %v", seen, err)
	}
}
