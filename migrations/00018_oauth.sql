-- Mailboxes whose servers want access tokens in place of a password.

-- +goose Up

-- When somebody authorised the mailbox last; null: nobody has, or it needs none.
ALTER TABLE mailboxes ADD COLUMN authorised_at timestamptz;
