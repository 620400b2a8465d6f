-- Answers whose files are still on their way from Slack.

-- +goose Up

CREATE TABLE slack_replies (
    tenant_id  uuid NOT NULL,
    id         uuid NOT NULL,
    team_id    text NOT NULL,
    ticket_id  uuid NOT NULL,
    kind       text NOT NULL CHECK (kind IN ('public', 'internal')),
    author_id  uuid NOT NULL,                      -- the member
    slack_user text NOT NULL,
    channel_id text NOT NULL,                      -- where the member is told if it comes to nothing
    thread_ts  text NOT NULL,
    text       text NOT NULL,
    files      text[] NOT NULL,                    -- Slack's ids
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, ticket_id) REFERENCES support_tickets (tenant_id, id)
);
ALTER TABLE slack_replies ENABLE ROW LEVEL SECURITY;
ALTER TABLE slack_replies FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON slack_replies USING (tenant_id = NULLIF(current_setting('app.tenant_id', true), '')::uuid);
ALTER TABLE slack_replies ALTER tenant_id SET (n_distinct = 10);
