-- What a bounce proves.

-- +goose Up

-- guessed: the bounce named the recipient and nothing else that only our mail has, which anybody can write. Such a
-- suppression ends when the owner of the address writes.
ALTER TABLE mail_suppressions ADD COLUMN guessed boolean NOT NULL DEFAULT false;
