-- Members' own messages with files: the comment is made once the files are here.

-- +goose Up

ALTER TABLE slack_replies ADD COLUMN message_ts text NOT NULL DEFAULT '';
