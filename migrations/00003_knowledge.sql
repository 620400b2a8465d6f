-- Articles, their versions and searchable chunks, and what the AI wrote about tickets.

-- +goose Up
CREATE TABLE knowledge_base (
    tenant_id    uuid NOT NULL REFERENCES tenants (id),
    id           uuid NOT NULL,
    slug         text NOT NULL,
    title        text NOT NULL,
    content      text NOT NULL,                    -- Markdown
    category     text NOT NULL DEFAULT '',
    tags         text[] NOT NULL DEFAULT '{}',
    language     text NOT NULL DEFAULT 'en',
    visibility   text NOT NULL DEFAULT 'public' CHECK (visibility IN ('public', 'customers', 'internal')),
    state        text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'review', 'published', 'archived')),
    version      integer NOT NULL DEFAULT 1,
    chunks       integer NOT NULL DEFAULT 0,       -- how many; 0: not searchable
    length       real NOT NULL DEFAULT 0,          -- of its chunks together
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    published_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, slug)
);

CREATE TABLE article_versions (
    tenant_id  uuid NOT NULL,
    article_id uuid NOT NULL,
    version    integer NOT NULL,
    title      text NOT NULL,
    content    text NOT NULL,
    author     text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, article_id, version),
    FOREIGN KEY (tenant_id, article_id) REFERENCES knowledge_base (tenant_id, id)
);

-- Chunks and postings exist for published articles only. Chunk 0 is the title. length is the number of
-- indexed terms, weighted as the postings are.
CREATE TABLE article_chunks (
    tenant_id  uuid NOT NULL,
    id         uuid NOT NULL,
    article_id uuid NOT NULL,
    ordinal    integer NOT NULL,
    heading    text NOT NULL DEFAULT '',           -- heading path, " › " between
    text       text NOT NULL,
    length     real NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, article_id, ordinal),
    FOREIGN KEY (tenant_id, article_id) REFERENCES knowledge_base (tenant_id, id)
);

-- Full-text search under row-level security: equality on text is leakproof and uses this key, the
-- operators of tsvector are not and would scan the table. A search reads nothing else until it knows the best
-- articles, so a posting repeats what ranking needs; all of an article's are written anew when it changes.
CREATE TABLE article_postings (
    tenant_id      uuid NOT NULL,
    term           text NOT NULL,
    chunk_id       uuid NOT NULL,
    article_id     uuid NOT NULL,
    ordinal        integer NOT NULL,               -- of the chunk
    weight         real NOT NULL,                  -- occurrences, weighted by where they stand
    chunk_length   real NOT NULL,
    article_length real NOT NULL,
    visibility     text NOT NULL,
    PRIMARY KEY (tenant_id, term, chunk_id),
    FOREIGN KEY (tenant_id, chunk_id) REFERENCES article_chunks (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX article_postings_chunk ON article_postings (tenant_id, chunk_id);

CREATE TABLE suggestions (
    tenant_id        uuid NOT NULL,
    id               uuid NOT NULL,
    ticket_id        uuid NOT NULL,
    kind             text NOT NULL CHECK (kind IN ('summary', 'reply', 'article', 'merge', 'triage')),
    state            text NOT NULL CHECK (state IN ('proposed', 'edited', 'approved', 'sent', 'discarded', 'stale')),
    text             text NOT NULL,                -- as the AI wrote it
    edited           text,                         -- as a member changed it; that is what is sent
    model            text NOT NULL,                -- provider and model, or "builtin"
    notice           text NOT NULL DEFAULT '',     -- why it is not the configured model's, if so
    citations        jsonb NOT NULL DEFAULT '[]',
    confidence       real,
    based_on_comment uuid,
    milliseconds     integer NOT NULL DEFAULT 0,
    created_at       timestamptz NOT NULL,
    decided_at       timestamptz,
    decided_by       uuid,                         -- users.users.id
    reason           text NOT NULL DEFAULT '',     -- why it was discarded
    comment_id       uuid,                         -- the answer it became
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, ticket_id) REFERENCES support_tickets (tenant_id, id)
);
CREATE INDEX suggestions_ticket ON suggestions (tenant_id, ticket_id, kind, id DESC);
CREATE INDEX suggestions_comment ON suggestions (tenant_id, comment_id) WHERE comment_id IS NOT NULL;
CREATE INDEX suggestions_state ON suggestions (tenant_id, state, id);
-- One open draft a ticket, however often the job that writes it runs.
CREATE UNIQUE INDEX suggestions_open_reply ON suggestions (tenant_id, ticket_id)
    WHERE kind = 'reply' AND state IN ('proposed', 'edited');

-- +goose StatementBegin
DO $$
DECLARE t regclass;
BEGIN
    FOR t IN
        SELECT a.attrelid FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE a.attname = 'tenant_id' AND NOT a.attisdropped AND c.relkind = 'r' AND NOT c.relrowsecurity
          AND c.relnamespace IN ('public'::regnamespace, 'users'::regnamespace)
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY one_tenant ON %s USING (tenant_id = NULLIF(current_setting(''app.tenant_id'', true), '''')::uuid)', t);
    END LOOP;
END $$;
-- +goose StatementEnd
