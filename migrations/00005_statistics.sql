-- Statistics for tables that are still empty. Every key starts with tenant_id, and until a table is first
-- analysed Postgres assumes two hundred tenants in it, so that any index seems as good as any other: a
-- ticket is then looked for among all of its tenant's, in plans that live as long as their connections. With
-- one row analysed and few tenants declared the planner prefers the key that fits, from the first row on.
-- n_distinct stays when the tables are analysed again, and errs on the side of the more selective index.

-- +goose Up
-- +goose StatementBegin
DO $$
DECLARE
    x uuid := '00000000-0000-0000-0000-000000000001';
    t regclass;
BEGIN
    IF pg_relation_size('tenants') > 0 THEN
        RETURN; -- in use already: autovacuum has seen to it
    END IF;
    PERFORM set_config('app.tenant_id', x::text, true);
    INSERT INTO tenants (id, slug, name) VALUES (x, '', '');
    INSERT INTO users.users (tenant_id, id) VALUES (x, x);
    INSERT INTO users.tenant_users (tenant_id, user_id, email, email_key) VALUES (x, x, '', '');
    INSERT INTO support_members (tenant_id, id, user_id, role) VALUES (x, x, x, 'viewer');
    INSERT INTO customers (tenant_id, id, name, key) VALUES (x, x, '', '');
    INSERT INTO customer_employees (tenant_id, id, customer_id, user_id) VALUES (x, x, x, x);
    INSERT INTO mailboxes (tenant_id, id, address, address_key, imap_url, smtp_url, credentials, since)
        VALUES (x, x, '', '', '', '', '', now());
    INSERT INTO mailbox_cursors (tenant_id, mailbox_id, folder, uid_validity, last_uid) VALUES (x, x, '', 0, 0);
    INSERT INTO support_tickets (tenant_id, id, number, title, description, status, priority, customer_id, employee_id, created_at, updated_at)
        VALUES (x, x, 0, '', '', 'open', 'low', x, x, now(), now());
    INSERT INTO inbound_messages (tenant_id, id, mailbox_id, folder, uid_validity, uid, received_at, size, digest, class, state)
        VALUES (x, x, x, '', 0, 0, now(), 0, '', 'person', 'ignored');
    INSERT INTO ticket_comments (tenant_id, id, ticket_id, kind, author_kind, via, text, message_id, created_at)
        VALUES (x, x, x, 'public', 'customer', 'email', '', '', now());
    INSERT INTO attachments (tenant_id, id, comment_id, inbound_id, part, name, content_type, size, inline)
        VALUES (x, x, x, x, '', '', '', 0, false);
    INSERT INTO ticket_events (tenant_id, id, ticket_id, at, actor_kind, via, kind) VALUES (x, x, x, now(), 'system', 'email', '');
    INSERT INTO ticket_participants (tenant_id, ticket_id, email_key, email, role) VALUES (x, x, '', '', 'cc');
    INSERT INTO outgoing_messages (tenant_id, id, ticket_id, comment_id, mailbox_id, message_id, reply_to, recipients, subject, created_at)
        VALUES (x, x, x, x, x, '', '', '{}', '', now());
    FOR t IN
        SELECT a.attrelid FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE a.attname = 'tenant_id' AND NOT a.attisdropped AND c.relkind = 'r'
          AND c.relnamespace IN ('public'::regnamespace, 'users'::regnamespace)
    LOOP
        EXECUTE format('ALTER TABLE %s ALTER tenant_id SET (n_distinct = 10)', t);
        EXECUTE format('ANALYZE %s', t);
    END LOOP;
    TRUNCATE tenants, users.users, users.tenant_users, support_members, customers, customer_employees, mailboxes, mailbox_cursors,
        support_tickets, inbound_messages, ticket_comments, attachments, ticket_events, ticket_participants, outgoing_messages CASCADE;
END $$;
-- +goose StatementEnd
