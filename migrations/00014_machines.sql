-- What came back of the mail that went out, whom no machine writes to any more, and what machines wrote.

-- +goose Up

-- Recipients that a bounce named, each with the reason, also where the mail is still being sent to others.
ALTER TABLE outgoing_messages ADD COLUMN bounced text[] NOT NULL DEFAULT '{}';

-- What a person reads about an event beyond its values.
ALTER TABLE ticket_events ADD COLUMN detail text NOT NULL DEFAULT '';

-- Addresses that bounced hard: no automatic mail goes there before until. A mail from the address lifts it.
CREATE TABLE mail_suppressions (
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    email_key text NOT NULL,
    email     text NOT NULL,
    reason    text NOT NULL,
    status    text NOT NULL,                       -- RFC 3463
    said      text NOT NULL,                       -- by the mail server
    since     timestamptz NOT NULL,
    until     timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, email_key)
);

-- Automatic mail of the last day, one row for each recipient, to count by.
CREATE TABLE automatic_mails (
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    id        uuid NOT NULL,
    ticket_id uuid NOT NULL,
    email_key text NOT NULL,
    at        timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX automatic_mails_email ON automatic_mails (tenant_id, email_key, at);
CREATE INDEX automatic_mails_ticket ON automatic_mails (tenant_id, ticket_id, at);

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
