-- Slack workspaces and where in them each ticket, comment and suggestion is shown.

-- +goose Up
CREATE TABLE slack_workspaces (
    tenant_id   uuid NOT NULL REFERENCES tenants (id),
    team_id     text NOT NULL,
    team_name   text NOT NULL,
    url         text NOT NULL,                     -- https://….slack.com/, for links to messages
    app_id      text NOT NULL,
    bot_id      text NOT NULL,                     -- B…: the author of the app's messages
    bot_user_id text NOT NULL,
    channel_id  text NOT NULL,
    channel     text NOT NULL,
    bot_token   bytea NOT NULL,                    -- encrypted
    app_token   bytea NOT NULL,                    -- encrypted
    last_error  text NOT NULL DEFAULT '',
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, team_id)
);

-- A post is claimed before it is made: posting_at is set and ts is null while Slack's answer is awaited.
-- Slack has no idempotency key, so the row's id travels in the message's metadata, and the event that Slack
-- sends for the post fills in ts where the answer was lost.
CREATE TABLE slack_messages (
    tenant_id  uuid NOT NULL,
    id         uuid NOT NULL,
    team_id    text NOT NULL,
    channel_id text NOT NULL,
    kind       text NOT NULL CHECK (kind IN ('card', 'comment', 'suggestion', 'notice')),
    subject_id uuid NOT NULL,                      -- ticket, comment, suggestion, mailbox, outgoing message
    ticket_id  uuid,
    ts         text,
    digest     bytea NOT NULL DEFAULT '',          -- of what is shown, so that an unchanged card costs no call
    by_member  boolean NOT NULL DEFAULT false,     -- somebody's own message that became a note: never ours to change
    posting_at timestamptz,
    posted_at  timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, team_id, kind, subject_id),
    FOREIGN KEY (tenant_id, team_id) REFERENCES slack_workspaces (tenant_id, team_id) ON DELETE CASCADE
);
CREATE INDEX slack_messages_ts ON slack_messages (tenant_id, channel_id, ts);
CREATE INDEX slack_messages_ticket ON slack_messages (tenant_id, ticket_id);

-- Deliveries already taken; Slack repeats what it believes was not received.
CREATE TABLE slack_deliveries (
    tenant_id   uuid NOT NULL,
    delivery_id text NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, delivery_id)
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
    END LOOP;
END $$;
-- +goose StatementEnd
