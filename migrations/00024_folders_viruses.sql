-- A mailbox may have mail read from several folders, and files are scanned for viruses.

-- +goose Up

-- folders are those beside mailboxes.folder. folder_states is what is wrong with which folder, and what to think about
-- with it: [{folder, problem, note}], as the transport found it last.
ALTER TABLE mailboxes
    ADD COLUMN folders       text[] NOT NULL DEFAULT '{}',
    ADD COLUMN folder_states jsonb NOT NULL DEFAULT '[]';

-- version changes with what a connection to the mailbox needs to know, so that a running service connects anew.
ALTER TABLE routing.mailboxes ADD COLUMN version bigint NOT NULL DEFAULT 0;

-- virus is what the scanner found in a file; empty: nothing, or it was not asked.
ALTER TABLE attachments ADD COLUMN virus text NOT NULL DEFAULT '';
