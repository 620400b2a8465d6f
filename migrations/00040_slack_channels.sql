-- Several Slack workspaces of a tenant, several channels of a workspace, and installing by OAuth.

-- +goose Up

-- channel_id is where a workspace shows what has no other place; empty: none was chosen yet. enterprise_id is the
-- Enterprise Grid organisation; an installation in all of it has that for its team_id too.
ALTER TABLE slack_workspaces
    ADD COLUMN enterprise_id  text NOT NULL DEFAULT '',
    ADD COLUMN scopes         text[] NOT NULL DEFAULT '{}', -- what Slack said last that the bot token may do; empty: not known
    ADD COLUMN refresh_token  bytea,                        -- encrypted; null: the bot token does not expire
    ADD COLUMN expires_at     timestamptz,                  -- of the bot token; null: never
    ADD COLUMN installed_at   timestamptz,                  -- when the tokens came; null: with the row
    ADD COLUMN uninstalled_at timestamptz,                  -- Slack told that the app is gone; null: it works
    ADD COLUMN behind_since   timestamptz;                  -- what changed since then may be shown as it was before

-- version changes with what a running service has to look at again; socket: deliveries come by Socket Mode; renew_at
-- is when the bot token has to be renewed.
ALTER TABLE routing.slack_workspaces
    ADD COLUMN version  bigint NOT NULL DEFAULT 0,
    ADD COLUMN socket   boolean NOT NULL DEFAULT true,
    ADD COLUMN renew_at timestamptz;

-- Which tickets appear in which channel.
CREATE TABLE slack_channels (
    tenant_id  uuid NOT NULL,
    id         uuid NOT NULL,
    team_id    text NOT NULL,
    channel_id text NOT NULL,
    channel    text NOT NULL,
    mailbox_id uuid,                                        -- of tickets from this mailbox; null: from any
    priority   text CHECK (priority IN ('low', 'medium', 'high', 'urgent')), -- of tickets with this priority; null: with any
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE NULLS NOT DISTINCT (tenant_id, team_id, channel_id, mailbox_id, priority),
    FOREIGN KEY (tenant_id, team_id) REFERENCES slack_workspaces (tenant_id, team_id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, mailbox_id) REFERENCES mailboxes (tenant_id, id) ON DELETE CASCADE
);

-- Of several channels that fit, the one whose turn is longest ago is next. occasion says which rules named them.
CREATE TABLE slack_turns (
    tenant_id  uuid NOT NULL,
    occasion   text NOT NULL,
    team_id    text NOT NULL,
    channel_id text NOT NULL,
    turn       bigint NOT NULL,
    PRIMARY KEY (tenant_id, occasion, team_id, channel_id),
    FOREIGN KEY (tenant_id, team_id) REFERENCES slack_workspaces (tenant_id, team_id) ON DELETE CASCADE
);

-- A ticket has one card, in one channel of one workspace.
CREATE UNIQUE INDEX slack_messages_card ON slack_messages (tenant_id, subject_id) WHERE kind = 'card';

-- Links by which the app is installed, each once.
CREATE TABLE slack_installs (
    tenant_id  uuid NOT NULL REFERENCES tenants (id),
    id         uuid NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    PRIMARY KEY (tenant_id, id)
);

-- +goose StatementBegin
DO $$
DECLARE t regclass;
BEGIN
    FOREACH t IN ARRAY ARRAY['slack_channels', 'slack_turns', 'slack_installs']::regclass[] LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY one_tenant ON %s USING (tenant_id = NULLIF(current_setting(''app.tenant_id'', true), '''')::uuid)', t);
        EXECUTE format('ALTER TABLE %s ALTER tenant_id SET (n_distinct = 10)', t);
    END LOOP;
END $$;
-- +goose StatementEnd
