package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/jackc/pgx/v5/pgconn"
	"golang.org/x/sync/errgroup"

	"github.com/customerdesk/customerdesk/internal/sandbox/dovecot"
)

// A relation is a table whose rows are inserted again. Its order selects which mail a row belongs to: by the ticket's
// first comment where the row is the ticket's.
type relation struct {
	name  string
	owner string // SQL of the comment that the row r came with; empty: it was there before the mail
}

const firstComment = `(SELECT min(k.id::text) FROM ticket_comments k WHERE k.ticket_id = `

// relations are all that a mail leaves behind, in an order that the foreign keys allow.
func relations() []relation {
	return []relation{
		{"tenants", ""}, {"users.users", ""}, {"users.tenant_users", ""}, {"customers", ""}, {"customer_employees", ""}, {"mailboxes", ""},
		{"support_tickets", firstComment + "r.id)"},
		{"blobs", "(SELECT min(i.comment_id::text) FROM message_blobs m JOIN inbound_messages i ON i.id = m.inbound_id WHERE m.digest = r.digest)"},
		{"inbound_messages", "r.comment_id::text"},
		{"message_blobs", "(SELECT i.comment_id::text FROM inbound_messages i WHERE i.id = r.inbound_id)"},
		{"ticket_comments", "r.id::text"},
		{"attachments", "r.comment_id::text"},
		{"ticket_participants", firstComment + "r.ticket_id)"},
		{"ticket_events", "coalesce(r.subject_id::text, " + firstComment + "r.ticket_id))"},
		{"river_job", firstComment + "(r.args->>'ticket')::uuid)"},
	}
}

// A row is one as Postgres writes it, and the statement that inserts it.
type row struct {
	statement string
	values    [][]byte
	formats   []int16
}

// rawInserts inserts the rows of all mails again, in the same transactions, with nothing else to do: on one
// connection and on eight, as the service's role.
func rawInserts(ctx context.Context, h *house, from *database) ([]figure, error) {
	before, mails, statements, err := readRows(ctx, from)
	if err != nil {
		return nil, err
	}
	var id string
	if err := from.super.QueryRow(ctx, `SELECT id::text FROM tenants`).Scan(&id); err != nil {
		return nil, fmt.Errorf("read the tenant: %w", err)
	}
	var figures []figure
	for _, connections := range []int{1, 8} {
		rate, err := insertAgain(ctx, h, id, before, mails, statements, connections)
		if err != nil {
			return nil, err
		}
		progress("limits: raw inserts on %d connections: %.0f messages/s", connections, rate)
		figures = append(figures, figure{Name: fmt.Sprintf("raw inserts of the same rows, %d connections", connections), Value: rate, Unit: "messages/s",
			Note: "one transaction and one round trip for each mail"})
	}
	figures[0].Name = "raw inserts of the same rows, 1 connection"
	return figures, nil
}

// readRows reads what was there before the mails, and what came with each mail.
func readRows(ctx context.Context, from *database) (before []row, mails [][]row, statements map[string]string, err error) {
	conn, err := from.super.Acquire(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	defer conn.Release()
	pg := conn.Conn().PgConn()
	byMail := map[string]int{}
	statements = map[string]string{}
	for _, rel := range relations() {
		owner := rel.owner
		if owner == "" {
			owner = "NULL::text"
		}
		result := pg.ExecParams(ctx, "SELECT "+owner+", r.* FROM "+rel.name+" r ORDER BY 1", nil, nil, nil, []int16{1}).Read()
		if result.Err != nil {
			return nil, nil, nil, fmt.Errorf("read %s: %w", rel.name, result.Err)
		}
		name := "insert_" + strings.ReplaceAll(rel.name, ".", "_")
		var columns, params []string
		for i, f := range result.FieldDescriptions[1:] {
			columns, params = append(columns, `"`+f.Name+`"`), append(params, fmt.Sprintf("$%d", i+1))
		}
		statements[name] = "INSERT INTO " + rel.name + " (" + strings.Join(columns, ", ") + ") VALUES (" + strings.Join(params, ", ") + ")"
		for _, values := range result.Rows {
			r := row{name, values[1:], []int16{1}}
			if rel.owner == "" {
				before = append(before, r)
				continue
			}
			key := string(values[0])
			at, known := byMail[key]
			if !known {
				at = len(mails)
				byMail[key], mails = at, append(mails, nil)
			}
			mails[at] = append(mails[at], r)
		}
	}
	return before, mails, statements, nil
}

// insertAgain returns mails a second. Threads go to one connection each, in their order: a reply's row needs its
// ticket's.
func insertAgain(ctx context.Context, h *house, tenant string, before []row, mails [][]row, statements map[string]string, connections int) (float64, error) {
	d, err := h.database(ctx)
	if err != nil {
		return 0, err
	}
	defer d.close()
	conns := make([]*pgconn.PgConn, connections)
	for i := range conns {
		c, err := d.pool.Acquire(ctx)
		if err != nil {
			return 0, err
		}
		defer c.Release()
		conns[i] = c.Conn().PgConn()
		for name, sql := range statements {
			if _, err := conns[i].Prepare(ctx, name, sql, nil); err != nil {
				return 0, fmt.Errorf("prepare %s: %w", name, err)
			}
		}
	}
	for len(before) > 0 {
		n := min(500, len(before))
		if err := insert(ctx, conns[0], tenant, before[:n]); err != nil {
			return 0, err
		}
		before = before[n:]
	}
	began := time.Now()
	g, ctx := errgroup.WithContext(ctx)
	var opening, replies [][]row
	for _, m := range mails {
		if m[0].statement == "insert_support_tickets" {
			opening = append(opening, m)
		} else {
			replies = append(replies, m)
		}
	}
	for _, lot := range [][][]row{opening, replies} {
		next := make(chan []row)
		for _, c := range conns {
			g.Go(func() error {
				for m := range next {
					if err := insert(ctx, c, tenant, m); err != nil {
						return err
					}
				}
				return nil
			})
		}
	feed:
		for _, m := range lot {
			select {
			case next <- m:
			case <-ctx.Done():
				break feed
			}
		}
		close(next)
		if err := g.Wait(); err != nil {
			return 0, err
		}
		g, ctx = errgroup.WithContext(context.WithoutCancel(ctx))
	}
	return float64(len(mails)) / time.Since(began).Seconds(), nil
}

// insert is one transaction in one round trip.
func insert(ctx context.Context, c *pgconn.PgConn, tenant string, rows []row) error {
	var b pgconn.Batch
	b.ExecParams("BEGIN", nil, nil, nil, nil)
	b.ExecParams("SET LOCAL app.tenant_id = '"+tenant+"'", nil, nil, nil, nil)
	for _, r := range rows {
		b.ExecPrepared(r.statement, r.values, r.formats, nil)
	}
	b.ExecParams("COMMIT", nil, nil, nil, nil)
	if err := c.ExecBatch(ctx, &b).Close(); err != nil {
		return fmt.Errorf("insert rows: %w", err)
	}
	return nil
}

// fetchAlone downloads a mailbox in ranges of 100 and keeps nothing.
func fetchAlone(ctx context.Context, server *dovecot.Server, user string, n int) (figure, error) {
	c, err := imapclient.DialInsecure(server.Addr(), nil)
	if err != nil {
		return figure{}, fmt.Errorf("fetch alone: %w", err)
	}
	defer func() { _ = c.Close() }()
	if err := c.Login(user, password).Wait(); err != nil {
		return figure{}, fmt.Errorf("fetch alone: %w", err)
	}
	if _, err := c.Select("INBOX", nil).Wait(); err != nil {
		return figure{}, fmt.Errorf("fetch alone: %w", err)
	}
	began, got := time.Now(), 0
	for first := 1; first <= n; first += 100 {
		if err := ctx.Err(); err != nil {
			return figure{}, err
		}
		set := imap.UIDSet{{Start: imap.UID(first), Stop: imap.UID(min(first+99, n))}}
		all, err := c.Fetch(set, &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{{Peek: true}}}).Collect()
		if err != nil {
			return figure{}, fmt.Errorf("fetch alone: %w", err)
		}
		got += len(all)
	}
	if got != n {
		return figure{}, fmt.Errorf("fetch alone: %d messages, want %d", got, n)
	}
	return figure{Name: "IMAP fetch alone, in ranges of 100", Value: float64(n) / time.Since(began).Seconds(), Unit: "messages/s"}, nil
}
