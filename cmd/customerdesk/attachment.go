package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/customerdesk/customerdesk/inbox"
	"github.com/customerdesk/customerdesk/inbox/mail"
	"github.com/customerdesk/customerdesk/internal/tenant"
	"github.com/customerdesk/customerdesk/tickets"
)

// wantedFile is what the flags --attachment and --out ask for.
type wantedFile struct {
	name string // or id
	out  string
}

func (f *wantedFile) flags(cmd *cobra.Command, id string) {
	cmd.Flags().StringVar(&f.name, "attachment", "", "write the bytes of the attachment with this name or "+id)
	cmd.Flags().StringVar(&f.out, "out", "", "the file to write the attachment to; without it standard output")
}

func (f *wantedFile) check() error {
	if f.out != "" && f.name == "" {
		return usageError{errors.New("--out goes with --attachment NAME")}
	}
	return nil
}

// write writes an attachment where it was asked for.
func (f *wantedFile) write(c *cli, data []byte, danger string) error {
	if danger != "" {
		fmt.Fprintf(c.stderr, "Do not open it without thought: %s.\n", danger)
	}
	if f.out == "" {
		_, err := c.stdout.Write(data)
		return err
	}
	if err := os.WriteFile(f.out, data, 0o600); err != nil {
		return fmt.Errorf("write the attachment: %w", err)
	}
	c.say("%d bytes written to %s.", len(data), f.out)
	return nil
}

// ofTicket writes an attachment of a ticket.
func (f *wantedFile) ofTicket(ctx context.Context, a *app, c *cli, tx tenant.Tx, n tickets.Number) error {
	t, err := tickets.Get(ctx, tx, n)
	if err != nil {
		return ticketFault(n, err)
	}
	all, err := tickets.Comments(ctx, tx, t.ID)
	if err != nil {
		return err
	}
	var found []tickets.Attachment
	var refs []inbox.FileRef
	for _, k := range all {
		for _, at := range k.Attachments {
			if at.ID.String() == f.name || at.Name == f.name {
				found, refs = append(found, at), append(refs, fileRef(k, at))
			}
		}
	}
	switch {
	case len(found) == 0:
		return fmt.Errorf("ticket #%d has no attachment %s: `customerdesk ticket show %[1]d --json` lists their names and ids", n, f.name)
	case len(found) > 1:
		ids := make([]string, len(found))
		for i, at := range found {
			ids[i] = at.ID.String()
		}
		return fmt.Errorf("ticket #%d has %d attachments called %s: name one by its id: %s", n, len(found), f.name, strings.Join(ids, ", "))
	}
	data, err := a.inbox.File(ctx, tx, refs[0])
	if errors.Is(err, inbox.ErrInfected) {
		return fmt.Errorf("%s is not given out: %w; the whole mail is at `customerdesk message show %s --raw`", f.name, err, refs[0].Inbound)
	}
	if err != nil {
		return err
	}
	return f.write(c, data, found[0].Danger)
}

// fileRef says where the bytes of an attachment are.
func fileRef(k tickets.Comment, at tickets.Attachment) inbox.FileRef {
	ref := inbox.FileRef{Part: at.Part, Digest: at.Digest, Virus: at.Virus}
	if k.InboundID != nil {
		ref.Inbound = *k.InboundID
	}
	return ref
}

// readFiles reads the files that are to go along with an answer.
func readFiles(paths []string) ([]inbox.File, error) {
	var list []inbox.File
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("--attach: %w", err)
		}
		list = append(list, inbox.File{Name: filepath.Base(path), Bytes: b})
	}
	return list, nil
}

// ofMessage writes an attachment of a mail.
func (f *wantedFile) ofMessage(c *cli, m inbox.Inbound, raw []byte) error {
	var found []inbox.AttachmentInfo
	var parts []string
	for _, at := range m.Attachments {
		if at.Part == f.name || at.Name == f.name {
			found, parts = append(found, at), append(parts, at.Part)
		}
	}
	switch {
	case len(found) == 0:
		return fmt.Errorf("message %s has no attachment %s: `customerdesk message show %[1]s --json` lists their names and parts", m.ID, f.name)
	case len(found) > 1:
		return fmt.Errorf("message %s has %d attachments called %s: name one by its part: %s", m.ID, len(found), f.name, strings.Join(parts, ", "))
	}
	if virus := found[0].Virus; virus != "" {
		return fmt.Errorf("%s is not given out: %w: %s; the whole mail is at `customerdesk message show %s --raw`", f.name, inbox.ErrInfected, virus, m.ID)
	}
	data, ok := mail.Extract(raw, found[0].Part)
	if !ok {
		return fmt.Errorf("message %s: part %s cannot be read", m.ID, found[0].Part)
	}
	return f.write(c, data, found[0].Danger)
}

// printAttachments lists the attachments of a mail.
func printAttachments(w io.Writer, list []inbox.AttachmentInfo) {
	for _, at := range list {
		fmt.Fprintf(w, "    [%s]\n", attachmentLine(at.Name, at.ContentType, at.Size, at.Danger))
	}
}

func attachmentLine(name, contentType string, size int64, danger string) string {
	s := fmt.Sprintf("%s, %s, %d bytes", printable(name), printable(contentType), size)
	if danger != "" {
		s += ", DANGER: " + danger
	}
	return s
}
