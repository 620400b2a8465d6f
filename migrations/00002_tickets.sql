-- Mailboxes and what they deliver, tickets with their comments and history, and the mail that goes out.

-- +goose Up
CREATE TABLE mailboxes (
    tenant_id     uuid NOT NULL REFERENCES tenants (id),
    id            uuid NOT NULL,
    address       text NOT NULL,
    address_key   text NOT NULL,
    kind          text NOT NULL DEFAULT 'support' CHECK (kind IN ('support', 'articles')),
    from_name     text NOT NULL DEFAULT '',
    imap_url      text NOT NULL,               -- without credentials
    smtp_url      text NOT NULL,               -- without credentials
    credentials   bytea NOT NULL,              -- encrypted
    folder        text NOT NULL DEFAULT 'INBOX',
    move_to       text NOT NULL DEFAULT '',    -- folder for stored mail; empty: it stays
    since         timestamptz NOT NULL,        -- older mail is left alone
    paused        boolean NOT NULL DEFAULT false,
    last_poll_at  timestamptz,
    last_error    text NOT NULL DEFAULT '',
    failing_since timestamptz,
    created_at    timestamptz NOT NULL DEFAULT now(),
    removed_at    timestamptz,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX mailboxes_address ON mailboxes (tenant_id, address_key) WHERE removed_at IS NULL;

CREATE TABLE mailbox_cursors (
    tenant_id    uuid NOT NULL,
    mailbox_id   uuid NOT NULL,
    folder       text NOT NULL,
    uid_validity bigint NOT NULL,
    last_uid     bigint NOT NULL,
    backlog      bigint NOT NULL DEFAULT 0,    -- last UID that was there at the first look
    updated_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, mailbox_id, folder),
    FOREIGN KEY (tenant_id, mailbox_id) REFERENCES mailboxes (tenant_id, id)
);

-- Ticket numbers count per tenant, each by a sequence of its own: a counter's row would be locked until the
-- transaction that took a number is on disk, and so let a tenant's tickets be opened one by one only. A number
-- whose transaction fails is never used. The service cannot reach the sequences but by these two functions, which
-- only know the sequence of the transaction's tenant.
CREATE SCHEMA numbers;

-- +goose StatementBegin
CREATE FUNCTION routing.number_tickets() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    EXECUTE format('CREATE SEQUENCE numbers.%I AS bigint', current_setting('app.tenant_id')::uuid);
END $$;

CREATE FUNCTION routing.next_ticket_number() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    RETURN nextval(format('numbers.%I', current_setting('app.tenant_id')::uuid)::regclass);
END $$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION routing.number_tickets(), routing.next_ticket_number() FROM PUBLIC;

CREATE TABLE support_tickets (
    tenant_id         uuid NOT NULL,
    id                uuid NOT NULL,
    number            bigint NOT NULL,
    title             text NOT NULL,
    description       text NOT NULL,
    status            text NOT NULL CHECK (status IN ('open', 'in-progress', 'resolved', 'closed')),
    priority          text NOT NULL CHECK (priority IN ('low', 'medium', 'high', 'urgent')),
    customer_id       uuid NOT NULL,
    employee_id       uuid NOT NULL,               -- who asked
    assignee_id       uuid,                        -- support_members.id
    mailbox_id        uuid,                        -- answers leave from here; null: not opened by mail
    follows_id        uuid,                        -- the closed ticket this one goes on from
    comment_count     integer NOT NULL DEFAULT 0,
    waiting_since     timestamptz,                 -- the customer's first unanswered word
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL,
    first_answered_at timestamptz,
    resolved_at       timestamptz,
    closed_at         timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, number),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id),
    FOREIGN KEY (tenant_id, employee_id) REFERENCES customer_employees (tenant_id, id),
    FOREIGN KEY (tenant_id, assignee_id) REFERENCES support_members (tenant_id, id),
    FOREIGN KEY (tenant_id, mailbox_id) REFERENCES mailboxes (tenant_id, id),
    FOREIGN KEY (tenant_id, follows_id) REFERENCES support_tickets (tenant_id, id)
);
CREATE INDEX support_tickets_status ON support_tickets (tenant_id, status, number DESC);
CREATE INDEX support_tickets_employee ON support_tickets (tenant_id, employee_id, number DESC);

-- One row for every mail ever taken from a mailbox, whatever became of it. raw is byte for byte what was
-- fetched; null only where the mail was too large to take. A mail that came by two ways has two rows and one
-- comment; the ticket is the comment's.
CREATE TABLE inbound_messages (
    tenant_id    uuid NOT NULL,
    id           uuid NOT NULL,
    mailbox_id   uuid NOT NULL,
    folder       text NOT NULL,
    uid_validity bigint NOT NULL,
    uid          bigint NOT NULL,
    received_at  timestamptz NOT NULL,             -- INTERNALDATE
    stored_at    timestamptz NOT NULL DEFAULT now(),
    size         bigint NOT NULL,
    raw          bytea,
    digest       bytea NOT NULL,                   -- SHA-256 of sender and body
    message_id   text NOT NULL DEFAULT '',
    subject      text NOT NULL DEFAULT '',
    from_email   text NOT NULL DEFAULT '',
    from_name    text NOT NULL DEFAULT '',
    class        text NOT NULL CHECK (class IN ('person', 'auto-reply', 'bounce', 'report', 'list', 'loop')),
    state        text NOT NULL CHECK (state IN ('stored', 'quarantined', 'ignored', 'dropped')),
    error        text NOT NULL DEFAULT '',
    comment_id   uuid,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, mailbox_id, folder, uid_validity, uid),
    FOREIGN KEY (tenant_id, mailbox_id) REFERENCES mailboxes (tenant_id, id)
);
-- Mail bodies hardly shrink under pglz, and it costs more processor time than all the rest of a message.
ALTER TABLE inbound_messages ALTER raw SET STORAGE EXTERNAL;
CREATE INDEX inbound_messages_state ON inbound_messages (tenant_id, state, id);

CREATE TABLE ticket_comments (
    tenant_id      uuid NOT NULL,
    id             uuid NOT NULL,
    ticket_id      uuid NOT NULL,
    kind           text NOT NULL CHECK (kind IN ('public', 'internal')),
    author_kind    text NOT NULL CHECK (author_kind IN ('customer', 'member', 'ai', 'system')),
    author_user_id uuid,
    via            text NOT NULL CHECK (via IN ('email', 'slack', 'cli', 'web')),
    text           text NOT NULL,
    html           text NOT NULL DEFAULT '',
    auth           text NOT NULL DEFAULT 'unknown' CHECK (auth IN ('pass', 'fail', 'none', 'unknown')),
    message_id     text,                           -- of the mail it came by or leaves as
    in_reply_to    text NOT NULL DEFAULT '',
    digest         bytea NOT NULL DEFAULT '',      -- SHA-256 of sender and body, empty for our own
    inbound_id     uuid,
    suggestion_id  uuid,                           -- the draft it was made from
    created_at     timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, message_id, digest),
    FOREIGN KEY (tenant_id, ticket_id) REFERENCES support_tickets (tenant_id, id),
    FOREIGN KEY (tenant_id, author_user_id) REFERENCES users.users (tenant_id, id)
);
CREATE INDEX ticket_comments_ticket ON ticket_comments (tenant_id, ticket_id, id);

-- What a mail carried beside its text; part is the path of the MIME part within the raw mail (as in IMAP's
-- section numbers), from which the bytes are read.
CREATE TABLE attachments (
    tenant_id    uuid NOT NULL,
    id           uuid NOT NULL,
    comment_id   uuid NOT NULL,
    inbound_id   uuid NOT NULL,
    part         text NOT NULL,
    name         text NOT NULL,
    content_type text NOT NULL,
    content_id   text NOT NULL DEFAULT '',
    size         bigint NOT NULL,                  -- bytes after decoding
    inline       boolean NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, comment_id) REFERENCES ticket_comments (tenant_id, id)
);
CREATE INDEX attachments_comment ON attachments (tenant_id, comment_id);

CREATE TABLE ticket_events (
    tenant_id     uuid NOT NULL,
    id            uuid NOT NULL,
    ticket_id     uuid NOT NULL,
    at            timestamptz NOT NULL,
    actor_kind    text NOT NULL CHECK (actor_kind IN ('customer', 'member', 'ai', 'system')),
    actor_user_id uuid,
    via           text NOT NULL CHECK (via IN ('email', 'slack', 'cli', 'web', 'system')),
    kind          text NOT NULL,
    from_value    text NOT NULL DEFAULT '',
    to_value      text NOT NULL DEFAULT '',
    subject_id    uuid,                            -- the comment, suggestion or ticket it is about
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, ticket_id) REFERENCES support_tickets (tenant_id, id)
);
CREATE INDEX ticket_events_ticket ON ticket_events (tenant_id, ticket_id, id);

CREATE TABLE ticket_participants (
    tenant_id uuid NOT NULL,
    ticket_id uuid NOT NULL,
    email_key text NOT NULL,
    email     text NOT NULL,
    name      text NOT NULL DEFAULT '',
    role      text NOT NULL CHECK (role IN ('requester', 'to', 'cc')),
    PRIMARY KEY (tenant_id, ticket_id, email_key),
    FOREIGN KEY (tenant_id, ticket_id) REFERENCES support_tickets (tenant_id, id)
);

-- A mail on its way to customers. The row with its final Message-ID is there before any connection is;
-- recipients and cc are written as in a header; settled are the addresses of those that the server has taken
-- or refused for good, so a retry only goes to the rest, and refused are the latter with what it said.
CREATE TABLE outgoing_messages (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL,
    ticket_id   uuid NOT NULL,
    comment_id  uuid NOT NULL,
    mailbox_id  uuid NOT NULL,
    message_id  text NOT NULL,
    reply_to    text NOT NULL,
    recipients  text[] NOT NULL,
    cc          text[] NOT NULL DEFAULT '{}',
    subject     text NOT NULL,
    in_reply_to text NOT NULL DEFAULT '',
    refs        text[] NOT NULL DEFAULT '{}',
    state       text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sending', 'sent', 'bounced', 'failed')),
    detail      text NOT NULL DEFAULT '',
    settled     text[] NOT NULL DEFAULT '{}',
    refused     text[] NOT NULL DEFAULT '{}',
    attempts    integer NOT NULL DEFAULT 0,
    created_at  timestamptz NOT NULL,
    sending_at  timestamptz,
    sent_at     timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, comment_id),
    UNIQUE (tenant_id, message_id),
    FOREIGN KEY (tenant_id, ticket_id) REFERENCES support_tickets (tenant_id, id),
    FOREIGN KEY (tenant_id, comment_id) REFERENCES ticket_comments (tenant_id, id),
    FOREIGN KEY (tenant_id, mailbox_id) REFERENCES mailboxes (tenant_id, id)
) WITH (fillfactor = 60); -- room for the versions of a row as its state moves, which then need no new index entries
CREATE INDEX outgoing_messages_ticket ON outgoing_messages (tenant_id, ticket_id);

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
    END LOOP;
END $$;
-- +goose StatementEnd
