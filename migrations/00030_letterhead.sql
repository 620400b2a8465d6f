-- What stands below a member's answers, and the picture in all of an organisation's mail.

-- +goose Up

ALTER TABLE support_members ADD COLUMN signature text NOT NULL DEFAULT ''; -- lines; empty: the organisation's

CREATE TABLE tenant_logos (
    tenant_id    uuid NOT NULL PRIMARY KEY REFERENCES tenants (id),
    content_type text NOT NULL,
    bytes        bytea NOT NULL,
    width        integer NOT NULL,                 -- in pixels, as it is shown
    height       integer NOT NULL
);
ALTER TABLE tenant_logos ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenant_logos FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON tenant_logos USING (tenant_id = NULLIF(current_setting('app.tenant_id', true), '')::uuid);
