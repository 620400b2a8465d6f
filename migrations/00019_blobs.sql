-- Files that mail carries are kept once for a tenant, however many mails carry them.

-- +goose Up

-- bytes are null where the file lies in the store outside the database.
CREATE TABLE blobs (
    tenant_id  uuid NOT NULL,
    digest     bytea NOT NULL,                     -- SHA-256 of the file
    size       bigint NOT NULL,                    -- of the file, in bytes
    bytes      bytea,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, digest)
);
ALTER TABLE blobs ALTER bytes SET STORAGE EXTERNAL;

-- Where a blob was taken out of a mail: inbound_messages.raw is the mail without them, and with them put back is
-- what was fetched, byte for byte. position counts in the whole mail; line and crlf say how the base64 was
-- written.
CREATE TABLE message_blobs (
    tenant_id  uuid NOT NULL,
    inbound_id uuid NOT NULL,
    position   bigint NOT NULL,
    digest     bytea NOT NULL,
    encoding   text NOT NULL CHECK (encoding IN ('base64', 'none')),
    line       integer NOT NULL,                   -- characters in a line; 0: all in one
    crlf       boolean NOT NULL,
    PRIMARY KEY (tenant_id, inbound_id, position),
    FOREIGN KEY (tenant_id, inbound_id) REFERENCES inbound_messages (tenant_id, id),
    FOREIGN KEY (tenant_id, digest) REFERENCES blobs (tenant_id, digest)
);

-- digest is the blob that has an attachment's bytes; null: they are read from the mail. danger says why it should not
-- be opened without thought.
ALTER TABLE attachments
    ADD COLUMN digest bytea,
    ADD COLUMN danger text NOT NULL DEFAULT '';

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
