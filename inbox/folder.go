package inbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/customerdesk/customerdesk/inbox/mail"
	"github.com/customerdesk/customerdesk/internal/tenant"
)

// maxFolders bounds the folders of a mailbox.
const maxFolders = 20

// A FolderState is how a folder of a mailbox fares, as the transport finds it.
type FolderState struct {
	Folder  string `json:"folder"`
	Problem string `json:"problem"` // why it cannot be read or marked; empty: it can
	Note    string `json:"note"`    // what to think about with a folder of its kind
}

// A FolderStatus is a folder in the shape of `mailbox list --json`.
type FolderStatus struct {
	FolderState
	State       string `json:"state"` // new (not opened yet), active or failing
	UIDValidity int64  `json:"uid_validity"`
	LastUID     int64  `json:"last_uid"`
}

// statesJSON is nil where nothing is known.
func statesJSON(folders []FolderState) []byte {
	if folders == nil {
		return nil
	}
	for i := range folders {
		folders[i].Problem, folders[i].Note = mail.Clean(folders[i].Problem), mail.Clean(folders[i].Note)
	}
	b, err := json.Marshal(folders)
	if err != nil {
		return nil // strings only
	}
	return b
}

// folderColumn is []FolderStatus of mailboxes m.
const folderColumn = `(SELECT jsonb_agg(jsonb_build_object('folder', f.name, 'problem', coalesce(s.problem, ''), 'note', coalesce(s.note, ''),
		'state', CASE WHEN s.problem <> '' THEN 'failing' WHEN k.folder IS NULL THEN 'new' ELSE 'active' END,
		'uid_validity', coalesce(k.uid_validity, 0), 'last_uid', coalesce(k.last_uid, 0)) ORDER BY f.place)
	FROM unnest(array_prepend(m.folder, m.folders)) WITH ORDINALITY f(name, place)
	LEFT JOIN mailbox_cursors k ON k.tenant_id = m.tenant_id AND k.mailbox_id = m.id AND k.folder = f.name
	LEFT JOIN LATERAL (SELECT * FROM jsonb_to_recordset(m.folder_states) r(folder text, problem text, note text) WHERE r.folder = f.name LIMIT 1) s ON true)`

// SetMailboxFolders sets the folders that mail is read from, the first of which is watched most closely. Mail in a
// folder that was read before is not taken again. ErrFolders says what is wrong with a list.
func SetMailboxFolders(ctx context.Context, tx tenant.Tx, id MailboxID, folders []string) error {
	folders, err := CheckFolders(folders)
	if err != nil {
		return err
	}
	m, err := MailboxByID(ctx, tx, id)
	if err != nil {
		return err
	}
	if m.MoveTo != "" && slices.Contains(folders, m.MoveTo) {
		return fmt.Errorf("%w: stored mail is moved to %q, which therefore cannot be read", ErrFolders, m.MoveTo)
	}
	_, err = tx.Exec(ctx, `UPDATE mailboxes SET folder = $3, folders = $4, folder_states = '[]' WHERE tenant_id = $1 AND id = $2`,
		tx.Tenant(), id, folders[0], folders[1:])
	if err != nil {
		return fmt.Errorf("change mailbox %s: %w", id, err)
	}
	// A running service connects anew where it sees another version.
	if _, err := tx.Exec(ctx, `UPDATE routing.mailboxes SET version = version + 1 WHERE mailbox = $1 AND tenant = $2`, id, tx.Tenant()); err != nil {
		return fmt.Errorf("route mailbox: %w", err)
	}
	return nil
}

// ErrFolders means that a list of folders cannot be read from.
var ErrFolders = errors.New("these folders cannot be read")

// CheckFolders tidies a list of folders: each once, the inbox in capitals. None at all is the inbox.
func CheckFolders(names []string) ([]string, error) {
	var list []string
	for _, name := range names {
		name = strings.TrimSpace(name)
		switch {
		case name == "":
			continue
		case strings.EqualFold(name, "INBOX"): // RFC 9051 section 5.1
			name = "INBOX"
		case len(name) > 500 || name != mail.Clean(name) || strings.ContainsAny(name, "\r\n"):
			return nil, fmt.Errorf("%w: %q is no name of a folder", ErrFolders, name)
		}
		if !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	if len(list) > maxFolders {
		return nil, fmt.Errorf("%w: %d are more than the %d that a mailbox may have", ErrFolders, len(list), maxFolders)
	}
	if len(list) == 0 {
		list = []string{"INBOX"}
	}
	return list, nil
}
