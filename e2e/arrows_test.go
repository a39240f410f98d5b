package e2e

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// root is the top of the repository, seen from here.
const root = ".."

// A room is a package of the house: what it may import of the house, and
// whether it does with the standard library alone.
type room struct {
	ours    []string
	stdOnly bool
}

// rooms is the plan of the house. An import that is not on it is an arrow that
// points up.
var rooms = map[string]room{
	".":               {ours: []string{"handlers/config", "handlers/shell", "handlers", "views", "static", "db", "payments", "payments/doku", "payments/simulator"}},
	"handlers/shell":  {ours: []string{"handlers/config", "handlers", "payments", "db"}},
	"handlers/config": {ours: []string{"handlers", "payments", "payments/doku", "db"}},
	"handlers":        {ours: []string{"views", "views/barcode", "views/card", "payments", "db", "static"}},
	"views":           {ours: []string{"views/barcode", "static"}},
	"static":          {stdOnly: true},
	"db":              {ours: []string{"payments"}},
	"payments":        {ours: []string{"payments/doku"}},

	// Barcodes as rectangles, and a customer's page as a picture.
	"views/barcode": {},
	"views/card":    {ours: []string{"views/barcode"}},

	// For tests; no room imports them outside of those.
	"db/dbtest": {ours: []string{"db", "db/pgtest"}},
	"db/pgtest": {},

	"payments/doku": {stdOnly: true},
	// Without payments/doku on purpose: a simulator that shares the signing
	// code would agree with its mistakes.
	"payments/simulator": {stdOnly: true},
	// Tests only, and without anything of the app on purpose: they know the binary
	// the way people and DOKU do.
	"e2e": {ours: []string{"db/pgtest", "e2e/build"}},
}

// owners are the modules that must stay replaceable, and the only rooms that
// may know them.
var owners = map[string][]string{
	"github.com/labstack/echo":   {"handlers"},
	"github.com/alexedwards/scs": {"handlers"},
	"github.com/a-h/templ":       {"handlers", "views"},
	"github.com/boombuler":       {"views/barcode"},
	"modernc.org/sqlite":         {"db"},
	"github.com/jackc/pgx":       {"db", "db/pgtest"},
	"github.com/pressly/goose":   {"db"},
}

func TestImportsFollowThePlan(t *testing.T) {
	seen := map[string]bool{}
	for _, file := range goFiles(t) {
		dir := filepath.ToSlash(filepath.Dir(file))
		isTest := strings.HasSuffix(file, "_test.go")
		if dir == "e2e" || strings.HasPrefix(dir, "e2e/") {
			dir = "e2e"
		} else if isTest {
			continue // a test may put together rooms that do not know each other
		}
		plan, known := rooms[dir]
		if !known {
			t.Errorf("%s: there is no room %q in the plan", file, dir)
			continue
		}
		seen[dir] = true
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, parser.ImportsOnly)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, spec := range parsed.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Errorf("%s: import %s: %v", file, spec.Path.Value, err)
			} else if objection := object(dir, plan, path); objection != "" {
				t.Errorf("%s imports %s: %s", file, path, objection)
			}
		}
	}
	for dir := range rooms {
		if !seen[dir] {
			t.Errorf("the plan has a room %q, the house has not", dir)
		}
	}
}

// object says what speaks against importing path in the room dir, or nothing.
func object(dir string, plan room, path string) string {
	if ours, ok := strings.CutPrefix(path, "kodebayar/"); ok {
		if !slices.Contains(plan.ours, ours) {
			return "this arrow is not in the plan"
		}
		return ""
	}
	// Only paths of the standard library begin with a word that has no dot.
	if first, _, _ := strings.Cut(path, "/"); plan.stdOnly && strings.Contains(first, ".") {
		return "this room does with the standard library"
	}
	for module, only := range owners {
		if dir == "e2e" { // it looks into a database with drivers of its own
			break
		}
		if (path == module || strings.HasPrefix(path, module+"/")) && !slices.Contains(only, dir) {
			return "only " + strings.Join(only, " and ") + " may know it"
		}
	}
	return ""
}

// TestWhatIsNotUsed: what a program can be led astray with is in none of its
// files. A page of the simulator, which is no part of the app, has a template
// of the standard library, whose text is its own.
func TestWhatIsNotUsed(t *testing.T) {
	imports := map[string]string{
		"os/exec": "it runs no other program", "plugin": "it loads no code", "unsafe": "memory is Go's to look after", "C": "memory is Go's to look after",
		"text/template": "pages are compiled and escaped", "html/template": "pages are compiled", "net/http/pprof": "there is no debug mode", "expvar": "there is no debug mode",
		"crypto/md5": "it is broken", "crypto/sha1": "it is broken", "crypto/des": "it is broken", "crypto/rc4": "it is broken",
	}
	words := map[string]string{"InsecureSkipVerify": "certificates are checked", "xml.NewDecoder": "no XML is read", "xml.Unmarshal": "no XML is read"}
	for _, file := range goFiles(t) {
		if dir := filepath.ToSlash(filepath.Dir(file)); strings.HasSuffix(file, "_test.go") || strings.HasSuffix(dir, "test") || strings.HasPrefix(dir, "e2e") {
			continue
		}
		source, err := os.ReadFile(filepath.Join(root, file))
		check(t, err)
		parsed, err := parser.ParseFile(token.NewFileSet(), file, source, parser.ImportsOnly)
		check(t, err)
		for _, spec := range parsed.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			check(t, err)
			if why := imports[path]; why != "" && !(path == "html/template" && strings.HasPrefix(file, "payments/simulator/")) {
				t.Errorf("%s imports %s: %s", file, path, why)
			}
		}
		for word, why := range words {
			if strings.Contains(string(source), word) {
				t.Errorf("%s has %s: %s", file, word, why)
			}
		}
	}
}

// TestTopLevel keeps short what a visitor sees first.
func TestTopLevel(t *testing.T) {
	allowed := []string{
		"go.mod", "go.sum", "main.go", "shell", "config", "handlers", "views", "static", "db", "payments", "e2e",
		"deploy", "Makefile", "README.md", "LICENSE",
		"kodebayar", "demo", "dist", // made by building and running, ignored by git
	}
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		name := entry.Name()
		if !strings.HasPrefix(name, ".") && !strings.Contains(name, ".db") && !slices.Contains(allowed, name) {
			t.Errorf("%s does not belong on the top level", name)
		}
	}
}

// goFiles lists the Go files of the module, relative to its root.
func goFiles(t *testing.T) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && path != root && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "node_modules") {
			return filepath.SkipDir
		}
		if strings.HasSuffix(path, ".go") {
			relative, err := filepath.Rel(root, path)
			files = append(files, relative)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
