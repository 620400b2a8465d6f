package kb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/customerdesk/customerdesk/internal/tenant"
)

// ImportOptions of ImportDir. The zero value stores drafts without an author.
type ImportOptions struct {
	Author  string
	Publish bool // publish what is imported
}

// Imported says what ImportDir did.
type Imported struct {
	Added     []Article
	Changed   []Article
	Unchanged int
	Failed    []FailedImport
}

// A FailedImport is a file that could not be taken, and why.
type FailedImport struct {
	File string
	Err  error
}

// ImportDir takes every .md file in fsys and its folders as an article. A file whose slug (named in its front matter,
// else made of its path) the tenant has already becomes a new version of that article where it differs, so the
// same tree may be imported again. A folder's name is the category where the file names none. A file that cannot
// be taken is reported and the rest is done; the error is for the tree or the database.
func (l *Library) ImportDir(ctx context.Context, tx tenant.Tx, fsys fs.FS, opts ImportOptions) (Imported, error) {
	var res Imported
	err := fs.WalkDir(fsys, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		hidden := strings.HasPrefix(e.Name(), ".") && name != "."
		switch {
		case e.IsDir() && hidden:
			return fs.SkipDir
		case e.IsDir() || hidden || !strings.EqualFold(path.Ext(name), ".md"):
			return nil
		}
		err = tx.Try(ctx, func(tx tenant.Tx) error { return l.importFile(ctx, tx, fsys, name, opts, &res) })
		if errors.Is(err, ErrInvalid) || errors.Is(err, ErrSlugTaken) || errors.Is(err, fs.ErrPermission) {
			res.Failed = append(res.Failed, FailedImport{File: name, Err: err})
			return nil
		}
		return err
	})
	if err != nil {
		return res, fmt.Errorf("import articles: %w", err)
	}
	return res, nil
}

func (l *Library) importFile(ctx context.Context, tx tenant.Tx, fsys fs.FS, name string, opts ImportOptions, res *Imported) error {
	d, err := readFile(fsys, name)
	if err != nil {
		return err
	}
	d.Author = opts.Author
	old, err := one(ctx, tx, `WHERE tenant_id = $1 AND slug = $2 FOR UPDATE`, d.Slug)
	var a Article
	switch {
	case errors.Is(err, ErrNotFound):
		a, err = l.Add(ctx, tx, d)
	case err != nil:
		return err
	default:
		if err := d.complete(); err != nil {
			return err
		}
		a = old
		if a.take(d); !same(a, old) {
			a, err = l.Edit(ctx, tx, old.ID, d)
		}
	}
	if err == nil && opts.Publish && a.State != Published {
		a, err = l.Publish(ctx, tx, a.ID)
	}
	switch {
	case err != nil:
		return err
	case a.Version == 1 && old.Version == 0:
		res.Added = append(res.Added, a)
	case a.Version != old.Version || a.State != old.State:
		res.Changed = append(res.Changed, a)
	default:
		res.Unchanged++
	}
	return nil
}

func readFile(fsys fs.FS, name string) (Document, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return Document{}, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, MaxContent+1))
	if err != nil {
		return Document{}, err
	}
	d, err := Parse(string(b))
	if err != nil {
		return Document{}, err
	}
	bare := strings.TrimSuffix(name, path.Ext(name))
	if d.Title == "" {
		d.Title = strings.ReplaceAll(path.Base(bare), "-", " ")
	}
	if d.Slug == "" {
		d.Slug = slugOf(bare)
	}
	if dir := path.Dir(name); d.Category == "" && dir != "." {
		d.Category = path.Base(dir)
	}
	return d, nil
}

// same tells whether an author would see no difference.
func same(a, b Article) bool {
	return a.Title == b.Title && a.Content == b.Content && a.Category == b.Category && strings.Join(a.Tags, "\x00") == strings.Join(b.Tags, "\x00") &&
		a.Language == b.Language && a.Visibility == b.Visibility
}
