-- What mail is known again by beside its own id, and where comments went when tickets were merged or split.

-- +goose Up

-- merged_into is the ticket that now holds this one's comments; split_from the one that held this one's first.
-- subject_key is the subject without reply prefixes and tags, for a reply that lost all else.
ALTER TABLE support_tickets
    ADD COLUMN merged_into uuid,
    ADD COLUMN split_from  uuid,
    ADD COLUMN subject_key text NOT NULL DEFAULT '',
    ADD FOREIGN KEY (tenant_id, merged_into) REFERENCES support_tickets (tenant_id, id),
    ADD FOREIGN KEY (tenant_id, split_from) REFERENCES support_tickets (tenant_id, id);
CREATE INDEX support_tickets_subject ON support_tickets (tenant_id, subject_key, number DESC);

-- The header field of Outlook and Exchange as it came, or as it was sent: an answer extends it.
ALTER TABLE ticket_comments ADD COLUMN thread_index text NOT NULL DEFAULT '';
ALTER TABLE outgoing_messages ADD COLUMN thread_index text NOT NULL DEFAULT '';

-- Ids that a mail refers to and that were of no known mail when it came, and its conversation in Outlook's
-- sense. They tie it to the mail that it answers, should that arrive later, and to others that refer to the same.
CREATE TABLE comment_references (
    tenant_id  uuid NOT NULL,
    ref        text NOT NULL,
    comment_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, ref, comment_id),
    FOREIGN KEY (tenant_id, comment_id) REFERENCES ticket_comments (tenant_id, id) ON DELETE CASCADE
);

-- One row for each merge or split, so that it can be undone. joined are the address keys of those who take
-- part in the target for its sake.
CREATE TABLE ticket_moves (
    tenant_id  uuid NOT NULL,
    id         uuid NOT NULL,
    kind       text NOT NULL CHECK (kind IN ('merge', 'split')),
    source_id  uuid NOT NULL,
    target_id  uuid NOT NULL,
    comments   uuid[] NOT NULL,
    joined     text[] NOT NULL DEFAULT '{}',
    status     text NOT NULL,                      -- of the source before
    at         timestamptz NOT NULL,
    undone_at  timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, source_id) REFERENCES support_tickets (tenant_id, id),
    FOREIGN KEY (tenant_id, target_id) REFERENCES support_tickets (tenant_id, id)
);
CREATE INDEX ticket_moves_source ON ticket_moves (tenant_id, source_id);
CREATE INDEX ticket_moves_target ON ticket_moves (tenant_id, target_id);

-- A guest was let in by a signed address or id alone: they are on the ticket, and get no copies.
ALTER TABLE ticket_participants
    DROP CONSTRAINT ticket_participants_role_check,
    ADD CONSTRAINT ticket_participants_role_check CHECK (role IN ('requester', 'to', 'cc', 'guest'));

-- The ticket that an offered merge leads into.
ALTER TABLE suggestions ADD COLUMN target_id uuid;

-- Whether mail to the mailbox's address with a "+" tag comes back, and when that was tried.
ALTER TABLE mailboxes
    ADD COLUMN signed_replies boolean NOT NULL DEFAULT true,
    ADD COLUMN tested_at timestamptz;

-- +goose StatementBegin
DO $$
DECLARE t regclass;
BEGIN
    FOR t IN
        SELECT a.attrelid FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE a.attname = 'tenant_id' AND NOT a.attisdropped AND c.relkind = 'r' AND NOT c.relrowsecurity
          AND c.relnamespace IN ('public'::regnamespace, 'users'::regnamespace)
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY one_tenant ON %s USING (tenant_id = NULLIF(current_setting(''app.tenant_id'', true), '''')::uuid)', t);
        EXECUTE format('ALTER TABLE %s ALTER tenant_id SET (n_distinct = 10)', t);
    END LOOP;
END $$;
-- +goose StatementEnd
