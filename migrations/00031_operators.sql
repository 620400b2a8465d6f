-- Who ran the command that changed a ticket, where no member was named.

-- +goose Up

ALTER TABLE ticket_events ADD COLUMN actor_name text NOT NULL DEFAULT '';
