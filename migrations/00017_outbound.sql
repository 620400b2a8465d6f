-- Mail that waits before it leaves, what it looks like, and what its server takes.

-- +goose Up

-- A mail leaves at send_at at the earliest: the undo window's end, or the time it was put off to. A held one waits for a
-- member's decision, because the customer wrote first; a cancelled one never leaves. retry_at is when a mail that a
-- server put off is tried again.
ALTER TABLE outgoing_messages
    ADD COLUMN send_at  timestamptz NOT NULL DEFAULT 'epoch',
    ADD COLUMN retry_at timestamptz,
    DROP CONSTRAINT outgoing_messages_state_check,
    ADD CONSTRAINT outgoing_messages_state_check
        CHECK (state IN ('queued', 'sending', 'sent', 'bounced', 'failed', 'held', 'cancelled'));
