package db_test

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"kodebayar/db"
)

// TestKeyBeside: processes that start at once share one key, which nobody but
// the owner of the database reads.
func TestKeyBeside(t *testing.T) {
	t.Parallel()
	database := filepath.Join(t.TempDir(), "shop.db")
	var keys [8][]byte
	var all sync.WaitGroup
	for i := range keys {
		all.Go(func() {
			key, err := db.KeyBeside(database)
			if err != nil {
				t.Error(err)
			}
			keys[i] = key
		})
	}
	all.Wait()
	for i, key := range keys {
		if len(key) != 32 || !bytes.Equal(key, keys[0]) {
			t.Errorf("process %d has another key", i)
		}
	}
	info, err := os.Stat(database + ".key")
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("the key file: %v, %v", info, err)
	}
	if files, err := filepath.Glob(filepath.Join(filepath.Dir(database), ".*")); len(files) != 0 || err != nil {
		t.Errorf("left behind: %v, %v", files, err)
	}
	if err := os.WriteFile(database+".key", []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if key, err := db.KeyBeside(database); err == nil {
		t.Errorf("a file that is no key is taken for %d bytes", len(key))
	}
}
