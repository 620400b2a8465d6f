-- An answer whose files are on their way from Slack may be made of a suggestion.

-- +goose Up

ALTER TABLE slack_replies ADD COLUMN suggestion_id uuid;
