-- Automatic mails: what a tenant made of each kind, and which were written.

-- +goose Up

-- That a program wrote the mail, though it may be a customer's.
ALTER TABLE inbound_messages ADD COLUMN robot boolean NOT NULL DEFAULT false;

-- A kind of automatic mail without a row is off and has the words that it comes with; NULL stands for those, too.
CREATE TABLE mail_templates (
    tenant_id  uuid NOT NULL REFERENCES tenants (id),
    kind       text NOT NULL,
    enabled    boolean NOT NULL,
    subject    text,
    body       text,                               -- Markdown
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, kind)
);

-- One row for each automatic mail that was due, whether or not it left: there is never a second one about the same.
CREATE TABLE mail_notices (
    tenant_id uuid NOT NULL,
    kind      text NOT NULL,
    about_id  uuid NOT NULL,                       -- a ticket or one of its events, as the kind has it
    ticket_id uuid NOT NULL,
    at        timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, kind, about_id),
    FOREIGN KEY (tenant_id, ticket_id) REFERENCES support_tickets (tenant_id, id)
);

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
