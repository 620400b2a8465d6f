package blobs_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/customerdesk/customerdesk/internal/blobs"
	"github.com/customerdesk/customerdesk/internal/postgres/pgtest"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

func TestAFileIsKeptOnceForItsTenantAndForNoOther(t *testing.T) {
	_, bucket := startBucket(t)
	for name, place := range map[string]string{"Postgres": "", "folder": "file://" + filepath.Join(t.TempDir(), "files"), "bucket": bucket} {
		t.Run(name, func(t *testing.T) {
			ctx, db, s := t.Context(), pgtest.New(t).Service, openStore(t, place)
			acme, err := tenant.Add(ctx, db, "acme", "Acme")
			if err != nil {
				t.Fatal(err)
			}
			bolt, err := tenant.Add(ctx, db, "bolt", "Bolt")
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if err := keep(ctx, s, db, acme.ID, "one", "two", "one"); err != nil {
					t.Fatal(err)
				}
			}
			for _, f := range []string{"one", "two"} {
				if got, err := fetch(ctx, s, db, acme.ID, f); got != f || err != nil {
					t.Errorf("%q: %q, %v", f, got, err)
				}
				if got, err := fetch(ctx, s, db, bolt.ID, f); !errors.Is(err, blobs.ErrMissing) {
					t.Errorf("the other tenant reads %q, %v", got, err)
				}
			}
			if _, err := s.Fetch(ctx, bolt.ID, blobs.Of([]byte("one"))); err == nil {
				t.Error("the other tenant finds the file by its digest")
			}
			if err := s.Probe(ctx); err != nil {
				t.Errorf("probe: %v", err)
			}
			var rows, inside int
			err = tenant.In(ctx, db, acme.ID, func(tx tenant.Tx) error {
				return tx.QueryRow(ctx, `SELECT count(*), count(bytes) FROM blobs`).Scan(&rows, &inside)
			})
			if err != nil || rows != 2 || (inside == 2) != (place == "") {
				t.Errorf("%d rows, %d with bytes, %v", rows, inside, err)
			}
			if place != "" {
				if _, err := fetch(ctx, nil, db, acme.ID, "one"); !errors.Is(err, blobs.ErrElsewhere) {
					t.Errorf("without the place: %v", err)
				}
			}
		})
	}
}

func TestFilesOfAFolderAreForItsOwnerAlone(t *testing.T) {
	ctx, db, dir := t.Context(), pgtest.New(t).Service, filepath.Join(t.TempDir(), "files")
	s := openStore(t, "file://"+dir)
	tn, err := tenant.Add(ctx, db, "acme", "Acme")
	if err != nil {
		t.Fatal(err)
	}
	if err := keep(ctx, s, db, tn.ID, "one"); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("folder %v, %v", info.Mode(), err)
	}
	if err := s.Probe(ctx); err != nil {
		t.Fatal(err)
	}
	var names []string
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if !d.IsDir() {
			names = append(names, path)
		}
		return err
	})
	if want := filepath.Join(dir, tn.ID.String(), blobs.Of([]byte("one")).String()); err != nil || len(names) != 1 || names[0] != want {
		t.Errorf("files %q, %v; want %q", names, err, want)
	}
	if err := os.WriteFile(names[0], []byte("two"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := fetch(ctx, s, db, tn.ID, "one"); err == nil {
		t.Errorf("an altered file is read as %q", got)
	}
}

func TestWhileTheBucketIsAwayNothingIsNotedAsKept(t *testing.T) {
	ctx, db := t.Context(), pgtest.New(t).Service
	server, place := startBucket(t)
	s := openStore(t, place)
	tn, err := tenant.Add(ctx, db, "acme", "Acme")
	if err != nil {
		t.Fatal(err)
	}
	server.change(func() { server.away = true })
	if err := keep(ctx, s, db, tn.ID, "one"); err == nil || !strings.Contains(err.Error(), "s3://files") {
		t.Errorf("kept while the bucket is away: %v", err)
	}
	if err := s.Probe(ctx); err == nil {
		t.Error("the probe finds nothing wrong")
	}
	server.change(func() { server.away = false })
	for range 2 {
		if err := keep(ctx, s, db, tn.ID, "one"); err != nil {
			t.Fatal(err)
		}
	}
	if server.puts != 1 {
		t.Errorf("put %d times", server.puts)
	}
	if got, err := fetch(ctx, s, db, tn.ID, "one"); got != "one" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

func TestPlacesForFiles(t *testing.T) {
	for place, right := range map[string]bool{
		"file:///var/lib/files":                                         true,
		"s3://bucket?region=eu-central-1":                               true,
		"s3://bucket?endpoint=http://127.0.0.1:9000":                    true,
		"s3://bucket?endpoint=http://localhost:9000":                    true,
		"s3://bucket?endpoint=https://minio.example":                    true,
		"s3://bucket?endpoint=http://minio.example&insecure=1":          true,
		"s3://bucket?endpoint=http://minio.example":                     false,
		"s3://bucket?endpoint=http://127.0.0.1.example":                 false,
		"s3://bucket?endpoint=minio.example":                            false,
		"s3://key:secret@bucket":                                        false,
		"s3://":                                                         false,
		"file://folder":                                                 false,
		"file:///var/lib/files?create_dir=0":                            false,
		"/var/lib/files":                                                false,
		"gs://bucket":                                                   false,
		"http://bucket":                                                 false,
		"s3://bucket/folder?region=eu-central-1":                        false,
		"s3://bucket?endpoint=ftp://127.0.0.1:9000":                     false,
		"s3://bucket?endpoint=http://[::1]:9000&use_path_style=false":   true,
		"s3://bucket?endpoint=http://10.0.0.1:9000&region=eu-central-1": false,
	} {
		if err := blobs.CheckURL(place); (err == nil) != right {
			t.Errorf("%s: %v", place, err)
		}
	}
}
