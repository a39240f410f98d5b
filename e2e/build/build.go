// Package build makes the kodebayar that is tested.
package build

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
)

// Kodebayar builds the program from the sources under root, in a folder of its
// own, which remove takes away again.
func Kodebayar(root string) (binary string, remove func(), err error) {
	// Go keeps a test's result until a file changes that the test has looked
	// at; the compiler is a child process and does not count.
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && path != root && (entry.Name() == "node_modules" || entry.Name() == ".git") {
			return filepath.SkipDir
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil // a file that came and went
		}
		return err
	})
	if err != nil {
		return "", nil, fmt.Errorf("look at the sources: %w", err)
	}
	dir, err := os.MkdirTemp("", "kodebayar-build-")
	if err != nil {
		return "", nil, err
	}
	binary, remove = filepath.Join(dir, "kodebayar"), func() { os.RemoveAll(dir) }
	// The flags of `make build`, so that both share what is compiled already.
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", binary, ".")
	build.Dir = root
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		remove()
		return "", nil, fmt.Errorf("build the binary: %w\n%s", err, out)
	}
	return binary, remove, nil
}
