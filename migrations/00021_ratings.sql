-- How satisfied customers say they are.

-- +goose Up

-- One mark a ticket: another one takes its place.
CREATE TABLE ticket_ratings (
    tenant_id uuid NOT NULL,
    ticket_id uuid NOT NULL,
    score     smallint NOT NULL CHECK (score BETWEEN 1 AND 5),
    comment   text NOT NULL,
    at        timestamptz NOT NULL,
    user_id   uuid NOT NULL,                       -- whose it is
    PRIMARY KEY (tenant_id, ticket_id),
    FOREIGN KEY (tenant_id, ticket_id) REFERENCES support_tickets (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users.users (tenant_id, id)
);
ALTER TABLE ticket_ratings ENABLE ROW LEVEL SECURITY;
ALTER TABLE ticket_ratings FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON ticket_ratings USING (tenant_id = NULLIF(current_setting('app.tenant_id', true), '')::uuid);
ALTER TABLE ticket_ratings ALTER tenant_id SET (n_distinct = 10);
