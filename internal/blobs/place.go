package blobs

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"
	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	"gocloud.dev/blob/s3blob"
)

// patience is how long one file may take to be written or read.
const patience = time.Minute

// CheckURL says what is wrong with the address of a place for the bytes of blobs: file:///FOLDER, or
// s3://BUCKET with the parameters of https://pkg.go.dev/gocloud.dev/blob/s3blob, above all region and endpoint.
// An endpoint without TLS must be on loopback, unless insecure=1 is among them.
func CheckURL(place string) error {
	_, err := parse(place)
	return err
}

func parse(place string) (*url.URL, error) {
	u, err := url.Parse(place)
	if err != nil {
		return nil, fmt.Errorf("%q is no URL", place)
	}
	q := u.Query()
	switch {
	case u.User != nil:
		return nil, errors.New("credentials do not belong into it: the AWS SDK reads them from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or ~/.aws")
	case u.Scheme == "file" && u.Host == "" && filepath.IsAbs(u.Path) && u.RawQuery == "":
		return u, nil
	case u.Scheme != "s3" || u.Host == "" || u.Path != "" && u.Path != "/":
		return nil, fmt.Errorf("%q is no place for files: write file:///FOLDER or s3://BUCKET?region=REGION", place)
	}
	endpoint, insecure := q.Get("endpoint"), q.Get("insecure")
	q.Del("insecure")
	if endpoint != "" {
		e, err := url.Parse(endpoint)
		if err != nil || e.Host == "" || e.Scheme != "http" && e.Scheme != "https" {
			return nil, fmt.Errorf("endpoint %q is no address of the web: write https://HOST", endpoint)
		}
		if e.Scheme == "http" && insecure != "1" && !loopback(e.Hostname()) {
			return nil, fmt.Errorf("endpoint %q is not encrypted: use https, or allow it with insecure=1", endpoint)
		}
		// What other stores than Amazon's understand.
		for name, value := range map[string]string{"use_path_style": "true", "request_checksum_calculation": "when_required", "region": "us-east-1"} {
			if !q.Has(name) {
				q.Set(name, value)
			}
		}
	}
	u.RawQuery, u.Path = q.Encode(), ""
	return u, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// String returns the place without its parameters.
func (s *Store) String() string {
	if s == nil {
		return "Postgres"
	}
	return s.place.Scheme + "://" + s.place.Host + s.place.Path
}

// open returns the bucket, opened at the first use.
func (s *Store) open(ctx context.Context) (*blob.Bucket, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bucket != nil {
		return s.bucket, nil
	}
	var err error
	if s.place.Scheme == "file" {
		s.bucket, err = fileblob.OpenBucket(s.place.Path, &fileblob.Options{
			CreateDir: true, DirFileMode: 0o700, NoTempDir: true, Metadata: fileblob.MetadataDontWrite,
		})
	} else {
		s.bucket, err = new(s3blob.URLOpener).OpenBucketURL(ctx, s.place)
	}
	return s.bucket, err
}

// write keeps bytes so that they survive a power failure.
func (s *Store) write(ctx context.Context, key string, b []byte) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	bucket, err := s.open(ctx)
	if err == nil {
		err = bucket.WriteAll(ctx, key, b, &blob.WriterOptions{ContentType: "application/octet-stream", MaxConcurrency: 1})
	}
	if err == nil && s.place.Scheme == "file" {
		file := filepath.Join(s.place.Path, filepath.FromSlash(key))
		err = errors.Join(onDisk(file), onDisk(filepath.Dir(file)), onDisk(s.place.Path))
	}
	if err != nil {
		return fmt.Errorf("write to the store of files %s: %w", s, err)
	}
	return nil
}

// onDisk has a file or folder on disk.
func onDisk(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func (s *Store) read(ctx context.Context, key string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	bucket, err := s.open(ctx)
	var b []byte
	if err == nil {
		b, err = bucket.ReadAll(ctx, key)
	}
	if err != nil {
		return nil, fmt.Errorf("read from the store of files %s: %w", s, err)
	}
	return b, nil
}

// Probe writes a small file to the place outside, reads it, and deletes it.
func (s *Store) Probe(ctx context.Context) error {
	if s == nil {
		return nil
	}
	key := "probe/" + uuid.NewString()
	if err := s.write(ctx, key, []byte(key)); err != nil {
		return err
	}
	if b, err := s.read(ctx, key); err != nil || string(b) != key {
		return errors.Join(fmt.Errorf("the store of files %s does not give back what was written", s), err)
	}
	bucket, err := s.open(ctx)
	if err == nil {
		err = bucket.Delete(ctx, key)
	}
	if err != nil {
		return fmt.Errorf("delete in the store of files %s: %w", s, err)
	}
	return nil
}

// Close lets go of the place outside.
func (s *Store) Close() {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bucket != nil {
		_ = s.bucket.Close() // Nothing is under way that it could tell of.
		s.bucket = nil
	}
}
