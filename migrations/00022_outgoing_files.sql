-- Files that go along with answers: no mail has their bytes, so a blob must.

-- +goose Up

ALTER TABLE attachments
    ALTER inbound_id DROP NOT NULL,
    ADD CONSTRAINT attachments_bytes CHECK (inbound_id IS NOT NULL OR digest IS NOT NULL);
