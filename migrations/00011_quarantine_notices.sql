-- Mail in quarantine is told to people: which notice gathers it, and who decided about it when.

-- +goose Up
ALTER TABLE inbound_messages
    ADD COLUMN notice_id  uuid,                    -- the notice that names it; null: it was never in quarantine
    ADD COLUMN decided_at timestamptz,             -- released or dropped by a person
    ADD COLUMN decided_by uuid;                    -- users.users.id; null: by an operator on the command line
CREATE INDEX inbound_messages_notice ON inbound_messages (tenant_id, notice_id) WHERE notice_id IS NOT NULL;

-- The latest notice of a mailbox, which gathers what is quarantined soon after it.
ALTER TABLE mailboxes
    ADD COLUMN notice_id uuid,
    ADD COLUMN notice_at timestamptz;
