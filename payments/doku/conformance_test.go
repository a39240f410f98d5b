package doku

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// row is a line of CONFORMANCE.md.
type row struct{ field, guide, names, checked, shown, tests string }

func conformance(t *testing.T) []row {
	t.Helper()
	text, err := os.ReadFile("CONFORMANCE.md")
	if err != nil {
		t.Fatal(err)
	}
	var rows []row
	for n, line := range strings.Split(string(text), "\n") {
		line, isRow := strings.CutPrefix(line, "| ")
		if !isRow || strings.HasPrefix(line, "Field or rule |") {
			continue
		}
		cells := strings.Split(strings.TrimSuffix(line, " |"), " | ")
		if len(cells) != 6 {
			t.Errorf("line %d has %d cells: %s", n+1, len(cells), line)
			continue
		}
		for _, cell := range cells {
			if strings.TrimSpace(cell) == "" || strings.TrimSpace(cell) == "-" {
				t.Errorf("line %d has an empty cell: %s", n+1, line)
			}
		}
		rows = append(rows, row{cells[0], cells[1], cells[2], cells[3], cells[4], cells[5]})
	}
	if len(rows) < 100 {
		t.Fatalf("%d rows: the table is not read", len(rows))
	}
	return rows
}

// TestConformanceNamesTests holds every row to tests that exist, named by
// their folder: doku.TestVerify.
func TestConformanceNamesTests(t *testing.T) {
	tests := map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Example)\w*)\(`)
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, found := range declared.FindAllSubmatch(source, -1) {
			tests[filepath.Base(filepath.Dir(path))+"."+string(found[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range conformance(t) {
		for _, name := range strings.Split(r.tests, ", ") {
			if !tests[name] {
				t.Errorf("%s: there is no test %q", r.field, name)
			}
		}
	}
}

// TestConformanceNamesCode holds every row to names that exist here, or in
// package payments when they begin with it.
func TestConformanceNamesCode(t *testing.T) {
	names := map[string]bool{}
	declare(t, names, "", ".")
	declare(t, names, "payments.", "..")
	quoted := regexp.MustCompile("`([^`]+)`")
	for _, r := range conformance(t) {
		found := quoted.FindAllStringSubmatch(r.names, -1)
		if len(found) == 0 {
			t.Errorf("%s: no name of the code", r.field)
		}
		for _, name := range found {
			if !names[name[1]] {
				t.Errorf("%s: the code has no %s", r.field, name[1])
			}
		}
	}
}

// declare collects what a package declares: Name, Type.Field, Type.Method.
func declare(t *testing.T, names map[string]bool, prefix, folder string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				name := d.Name.Name
				if d.Recv != nil {
					of := d.Recv.List[0].Type
					if pointer, ok := of.(*ast.StarExpr); ok {
						of = pointer.X
					}
					if on, ok := of.(*ast.Ident); ok {
						name = on.Name + "." + name
					}
				}
				names[prefix+name] = true
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					switch spec := spec.(type) {
					case *ast.ValueSpec:
						for _, name := range spec.Names {
							names[prefix+name.Name] = true
						}
					case *ast.TypeSpec:
						names[prefix+spec.Name.Name] = true
						if fields, ok := spec.Type.(*ast.StructType); ok {
							for _, field := range fields.Fields.List {
								for _, name := range field.Names {
									names[prefix+spec.Name.Name+"."+name.Name] = true
								}
							}
						}
					}
				}
			}
		}
	}
}

// TestConformanceHasEveryField: whatever the code writes or reads under a name
// of DOKU's has a row.
func TestConformanceHasEveryField(t *testing.T) {
	all := ""
	for _, r := range conformance(t) {
		all += r.field + "\n"
	}
	written := regexp.MustCompile("`json:\"(\\w+)")
	read := regexp.MustCompile(`\.(?:text|anyText|object|amount|flag|date|link|raw)\("(\w+)"\)`)
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, found := range append(written.FindAllSubmatch(source, -1), read.FindAllSubmatch(source, -1)...) {
			seen++
			if name := string(found[1]); !regexp.MustCompile(`\b` + name + `\b`).MatchString(all) {
				t.Errorf("%s: no row has the field %s", file, name)
			}
		}
	}
	if seen < 50 {
		t.Errorf("only %d fields were found in the code", seen)
	}
}

// TestAddresses are those that the guides print, and where they disagree the
// ones that DOKU's own collections call.
func TestAddresses(t *testing.T) {
	for got, want := range map[string]string{
		SandboxURL + DefaultCreatePath:       "https://api-sandbox.doku.com/alfa-online-to-offline/v2/payment-code",
		ProductionURL + DefaultUpdatePath:    "https://api.doku.com/alfa-online-to-offline/v2/payment-code",
		SandboxURL + DefaultMerchantCodePath: "https://api-sandbox.doku.com/alfa-online-to-offline/v2/merchant-payment-code",
		ProductionURL + StatusPath + "INV-1": "https://api.doku.com/orders/v1/status/INV-1",
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
