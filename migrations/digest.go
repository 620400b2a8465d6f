package migrations

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
)

// Digest names the schema this binary makes: it changes with every file and with the queue's migrations.
func Digest() (string, error) {
	h := sha256.New()
	paths, err := fs.Glob(files, "*.sql")
	if err != nil {
		return "", fmt.Errorf("read the migrations: %w", err)
	}
	for _, p := range paths {
		b, err := files.ReadFile(p)
		if err != nil {
			return "", fmt.Errorf("read the migrations: %w", err)
		}
		fmt.Fprintf(h, "%s %d\n", p, len(b))
		h.Write(b)
	}
	queue, err := queueStates()
	if err != nil {
		return "", err
	}
	fmt.Fprintf(h, "queue %d\n", queue[len(queue)-1].Version)
	return hex.EncodeToString(h.Sum(nil)[:10]), nil
}
