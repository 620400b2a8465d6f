package blobs_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/customerdesk/customerdesk/internal/blobs"
	"github.com/customerdesk/customerdesk/internal/postgres/pgtest"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// A bucketServer speaks as much of S3 as a store of files needs: objects put, got and deleted as wholes.
type bucketServer struct {
	mu      sync.Mutex
	objects map[string][]byte
	away    bool
	puts    int
}

func startBucket(t *testing.T) (*bucketServer, string) {
	t.Helper()
	t.Setenv("AWS_ACCESS_KEY_ID", "id")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
	s := &bucketServer{objects: map[string][]byte{}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return s, "s3://files?region=eu-central-1&endpoint=" + server.URL
}

func (s *bucketServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key, ok := strings.CutPrefix(r.URL.Path, "/files/")
	b, found := s.objects[key]
	switch {
	case s.away:
		w.WriteHeader(http.StatusServiceUnavailable)
	case !ok || r.Header.Get("Authorization") == "" || r.Header.Get("Content-Encoding") != "":
		w.WriteHeader(http.StatusBadRequest)
	case r.Method == http.MethodPut:
		b, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		s.objects[key] = b
		s.puts++
		w.Header().Set("ETag", `"1"`)
	case r.Method == http.MethodDelete:
		delete(s.objects, key)
		w.WriteHeader(http.StatusNoContent)
	case !found:
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `<Error><Code>NoSuchKey</Code></Error>`)
	default:
		w.Header().Set("ETag", `"1"`)
		w.Header().Set("Last-Modified", "Mon, 02 Mar 2026 09:00:00 GMT")
		_, _ = w.Write(b) // HEAD writes nothing.
	}
}

func (s *bucketServer) change(fn func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fn()
}

func openStore(t *testing.T, place string) *blobs.Store {
	t.Helper()
	s, err := blobs.New(place)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// keep puts and saves files as a mail's transaction does.
func keep(ctx context.Context, s *blobs.Store, db tenant.Beginner, owner tenant.ID, files ...string) error {
	var list []blobs.Blob
	for _, f := range files {
		list = append(list, blobs.Blob{Digest: blobs.Of([]byte(f)), Bytes: []byte(f)})
	}
	if err := s.Put(ctx, db, owner, list); err != nil {
		return err
	}
	return tenant.In(ctx, db, owner, func(tx tenant.Tx) error { return s.Save(ctx, tx, list) })
}

func fetch(ctx context.Context, s *blobs.Store, db tenant.Beginner, owner tenant.ID, file string) (string, error) {
	b, err := tenant.Get(ctx, db, owner, func(tx tenant.Tx) ([]byte, error) { return s.Read(ctx, tx, blobs.Of([]byte(file))) })
	return string(b), err
}
