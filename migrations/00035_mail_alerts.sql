-- Notices about mail that keep being brought up to date.

-- +goose Up

-- What people are told once and then see change: a storm of automatic mail from or to one address or on one ticket, and
-- files that take up what the tenant allows them. One row for each cause, reused when it comes up again.
CREATE TABLE mail_alerts (
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    kind      text NOT NULL CHECK (kind IN ('storm', 'quota')),
    about     text NOT NULL,                       -- 'address KEY', 'ticket ID'; empty: the tenant
    id        uuid NOT NULL,                       -- of the notice
    email     text NOT NULL DEFAULT '',            -- as written
    ticket_id uuid,                                -- where the mails went on
    since     timestamptz NOT NULL,
    last_at   timestamptz NOT NULL,
    held      integer NOT NULL DEFAULT 0,          -- automatic mails that were not sent
    gathered  integer NOT NULL DEFAULT 0,          -- mails that opened no ticket of their own
    used      bigint NOT NULL DEFAULT 0,           -- bytes, of a quota
    allowed   bigint NOT NULL DEFAULT 0,
    told_at   timestamptz,                         -- when the latest job that draws the notice is due
    PRIMARY KEY (tenant_id, kind, about)
);
CREATE UNIQUE INDEX mail_alerts_notice ON mail_alerts (tenant_id, id);

ALTER TABLE mail_alerts ENABLE ROW LEVEL SECURITY;
ALTER TABLE mail_alerts FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON mail_alerts USING (tenant_id = NULLIF(current_setting('app.tenant_id', true), '')::uuid);
ALTER TABLE mail_alerts ALTER tenant_id SET (n_distinct = 10);
