-- The keys that a tenant signs its mail with.

-- +goose Up

CREATE TABLE dkim_keys (
    tenant_id    uuid NOT NULL,
    domain       text NOT NULL,                    -- in its ASCII form
    selector     text NOT NULL,
    private_key  bytea NOT NULL,                   -- PKCS #8, encrypted
    record       text NOT NULL,                    -- what is to stand in DNS
    created_at   timestamptz NOT NULL,
    published_at timestamptz,                      -- when it was seen there; null: not yet, and nothing is signed with it
    PRIMARY KEY (tenant_id, domain, selector),
    FOREIGN KEY (tenant_id) REFERENCES tenants (id)
);

ALTER TABLE dkim_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE dkim_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON dkim_keys USING (tenant_id = NULLIF(current_setting('app.tenant_id', true), '')::uuid);
ALTER TABLE dkim_keys ALTER tenant_id SET (n_distinct = 10);
