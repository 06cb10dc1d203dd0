-- One generation of the read model: a Postgres schema of its own, which the connection's
-- search_path names, so no table here is ever qualified. Only the projector `read_model` writes it.

-- Tickets as they are now: the fold of the timeline below.
CREATE TABLE ticket (
    id                 uuid PRIMARY KEY,
    -- What is read out on the phone, check digit included.
    number             bigint NOT NULL,
    version            integer NOT NULL,
    status             text NOT NULL,
    customer           uuid,
    caller             jsonb,
    reporter           uuid NOT NULL,
    channel            text NOT NULL,
    store              text,
    team               text,
    assignee           uuid,
    subject            text,
    description        text,
    category           text,
    skills             jsonb NOT NULL,
    -- 0 low, 1 moderate, 2 high, 3 critical: so that it sorts.
    priority           smallint NOT NULL,
    place              jsonb,
    language           text,
    fields             jsonb NOT NULL,
    awaiting           text,
    resolution_code    text,
    resolution_note    text,
    -- Names of the fields above whose personal data was destroyed for good.
    erased             jsonb NOT NULL,
    opened_at          timestamptz NOT NULL,
    -- The running maximum of business time ("as of").
    updated_at         timestamptz NOT NULL,
    resolved_at        timestamptz,
    closed_at          timestamptz,
    reopen_until       timestamptz,
    reassignment_count integer NOT NULL,
    assignment_count   integer NOT NULL,
    reopen_count       integer NOT NULL,
    origin             text NOT NULL,
    -- Where its records are, so that an answer can name the view's position there.
    partition          integer NOT NULL,

    latitude           double precision GENERATED ALWAYS AS ((place ->> 'latitude')::double precision) STORED,
    longitude          double precision GENERATED ALWAYS AS ((place ->> 'longitude')::double precision) STORED,
    -- `simple`, because tickets come in many languages and a number must be found as it is.
    search             tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('simple', number::text), 'A')
        || setweight(to_tsvector('simple', coalesce(subject, '')), 'A')
        || setweight(to_tsvector('simple', coalesce(category, '')), 'B')
        || setweight(to_tsvector('simple', coalesce(store, '')), 'B')
        || setweight(to_tsvector('simple', coalesce(caller ->> 'name', '')), 'B')
        || setweight(to_tsvector('simple', coalesce(description, '')), 'C')
        || setweight(to_tsvector('simple', coalesce(resolution_note, '')), 'D')
    ) STORED
);

CREATE UNIQUE INDEX ticket_number ON ticket (number);
CREATE INDEX ticket_opened_at ON ticket (opened_at, id);
CREATE INDEX ticket_updated_at ON ticket (updated_at, id);
CREATE INDEX ticket_priority ON ticket (priority, id);
CREATE INDEX ticket_status ON ticket (status, opened_at);
CREATE INDEX ticket_assignee ON ticket (assignee, opened_at) WHERE assignee IS NOT NULL;
CREATE INDEX ticket_customer ON ticket (customer, opened_at) WHERE customer IS NOT NULL;
CREATE INDEX ticket_team ON ticket (team, opened_at) WHERE team IS NOT NULL;
CREATE INDEX ticket_store ON ticket (store, opened_at) WHERE store IS NOT NULL;
CREATE INDEX ticket_category ON ticket (category, opened_at) WHERE category IS NOT NULL;
CREATE INDEX ticket_latitude ON ticket (latitude) WHERE latitude IS NOT NULL;
CREATE INDEX ticket_skills ON ticket USING gin (skills);
CREATE INDEX ticket_search ON ticket USING gin (search);

-- Every event of every ticket.
CREATE TABLE timeline (
    ticket_id   uuid NOT NULL,
    version     integer NOT NULL,
    type        text NOT NULL,
    -- Business time as stated.
    occurred_at timestamptz NOT NULL,
    -- The running maximum of it up to this version.
    as_of       timestamptz NOT NULL,
    -- The record's own time.
    recorded_at timestamptz NOT NULL,
    actor       uuid NOT NULL,
    role        text NOT NULL,
    origin      text NOT NULL,
    -- `internal`: not for customers.
    visibility  text NOT NULL,
    -- What the event says that isn't a field of the ticket.
    data        jsonb NOT NULL,
    -- The fields of the ticket that it changed, as the query API shows them: the ticket as of
    -- version n is the merge, in order, of these up to n.
    changes     jsonb NOT NULL,
    partition   integer NOT NULL,
    sequence    bigint NOT NULL,
    PRIMARY KEY (ticket_id, version)
);
