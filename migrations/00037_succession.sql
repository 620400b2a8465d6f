-- Which ticket goes on from a closed one is looked up for mail on the closed one.

-- +goose Up

CREATE INDEX support_tickets_follows ON support_tickets (tenant_id, follows_id) WHERE follows_id IS NOT NULL;
