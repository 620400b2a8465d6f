-- Tenants, the people of a tenant, settings and the audit log; and the routing tables, the only ones that
-- may be read across tenants: they hold ids, never customer data or secrets.

-- +goose Up
CREATE SCHEMA users;
CREATE SCHEMA routing;

CREATE TABLE tenants (
    id         uuid PRIMARY KEY,
    slug       text NOT NULL,
    name       text NOT NULL,
    settings   jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- One row for each tenant and person; who that is stands in users.tenant_users, so that erasing a person
-- does not touch what refers to them.
CREATE TABLE users.users (
    tenant_id  uuid NOT NULL REFERENCES tenants (id),
    id         uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id)
);

-- email is as the person writes it, email_key what is compared (lower case, without +tag).
CREATE TABLE users.tenant_users (
    tenant_id  uuid NOT NULL,
    user_id    uuid NOT NULL,
    name       text NOT NULL DEFAULT '',
    email      text NOT NULL,
    email_key  text NOT NULL,
    roles      text[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, user_id),
    UNIQUE (tenant_id, email_key),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users.users (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE support_members (
    tenant_id     uuid NOT NULL REFERENCES tenants (id),
    id            uuid NOT NULL,
    user_id       uuid NOT NULL,
    role          text NOT NULL CHECK (role IN ('admin', 'agent', 'light', 'viewer')),
    created_at    timestamptz NOT NULL DEFAULT now(),
    removed_at    timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, user_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users.users (tenant_id, id)
);

-- key is the company's mail domain, or the whole address where the domain is a free-mail provider's.
CREATE TABLE customers (
    tenant_id  uuid NOT NULL REFERENCES tenants (id),
    id         uuid NOT NULL,
    name       text NOT NULL,
    key        text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, key)
);

CREATE TABLE customer_employees (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL,
    customer_id uuid NOT NULL,
    user_id     uuid NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, user_id),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users.users (tenant_id, id)
);
CREATE INDEX customer_employees_customer ON customer_employees (tenant_id, customer_id);

CREATE TABLE audit_log (
    tenant_id uuid NOT NULL,
    id        uuid NOT NULL,
    at        timestamptz NOT NULL DEFAULT now(),
    actor     text NOT NULL,
    via       text NOT NULL,
    action    text NOT NULL,
    subject   text NOT NULL DEFAULT '',
    detail    jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (tenant_id, id)
);

CREATE TABLE routing.tenants (
    slug   text PRIMARY KEY,
    tenant uuid NOT NULL UNIQUE
);

CREATE TABLE routing.mailboxes (
    mailbox uuid PRIMARY KEY,
    tenant  uuid NOT NULL
);

-- A Slack event names the app and the workspace it comes from.
CREATE TABLE routing.slack_workspaces (
    app_id  text NOT NULL,
    team_id text NOT NULL,
    tenant  uuid NOT NULL,
    PRIMARY KEY (app_id, team_id)
);

-- +goose StatementBegin
DO $$
DECLARE t regclass;
BEGIN
    FOR t IN
        SELECT a.attrelid FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE a.attname = 'tenant_id' AND NOT a.attisdropped AND c.relkind = 'r'
          AND c.relnamespace IN ('public'::regnamespace, 'users'::regnamespace)
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY one_tenant ON %s USING (tenant_id = NULLIF(current_setting(''app.tenant_id'', true), '''')::uuid)', t);
    END LOOP;
    FOR t IN SELECT c.oid FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'routing'::regnamespace LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY look_up ON %s FOR SELECT USING (true)', t);
        EXECUTE format('CREATE POLICY add ON %s FOR INSERT WITH CHECK (tenant = NULLIF(current_setting(''app.tenant_id'', true), '''')::uuid)', t);
        EXECUTE format('CREATE POLICY change ON %s FOR UPDATE USING (tenant = NULLIF(current_setting(''app.tenant_id'', true), '''')::uuid)', t);
        EXECUTE format('CREATE POLICY remove ON %s FOR DELETE USING (tenant = NULLIF(current_setting(''app.tenant_id'', true), '''')::uuid)', t);
    END LOOP;
END $$;
-- +goose StatementEnd
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON tenants USING (id = NULLIF(current_setting('app.tenant_id', true), '')::uuid);
