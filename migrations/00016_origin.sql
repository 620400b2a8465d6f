-- Who a mail is really from.

-- +goose Up

-- auth_results are the authserv-ids (RFC 8601) whose word on a sender counts; empty: those of the known provider.
ALTER TABLE mailboxes ADD COLUMN auth_results text[] NOT NULL DEFAULT '{}';

-- The verdict on the sender and its reason; a comment has the verdict of its mail.
ALTER TABLE inbound_messages
    ADD COLUMN auth        text NOT NULL DEFAULT 'unknown' CHECK (auth IN ('pass', 'fail', 'none', 'unknown')),
    ADD COLUMN auth_reason text NOT NULL DEFAULT '';
