-- One generation of the routing view: a Postgres schema of its own, which the connection's
-- search_path names, so no table here is ever qualified. The projector `routing` writes it, the
-- query API reads it: the queue, why tickets wait, and what routers decided. It needs no other view.

-- What routing needs to know of a ticket. No text of it is kept.
CREATE TABLE ticket (
    id           uuid PRIMARY KEY,
    version      integer NOT NULL,
    -- What is read out on the phone, check digit included.
    number       bigint NOT NULL,
    -- open, assigned, in_progress, on_hold, resolved, closed or cancelled.
    status       text NOT NULL,
    -- Since when it has that status, by the record's own time.
    since        timestamptz NOT NULL,
    -- Whether it got there by something that happened here; routers leave imported history alone.
    live         boolean NOT NULL,
    -- Whoever has it, or had it when it was solved.
    assignee     uuid,
    -- Assignments by routers since it began to wait anew.
    attempts     integer NOT NULL,
    -- After how many of them a manager must assign it, as the last decision had it.
    attempts_max bigint,
    -- Version of the decision that nobody has answered yet.
    awaits       integer,
    -- Who isn't asked for it: by id until when, or null for good. They declined, or it was taken from
    -- them.
    passed       jsonb NOT NULL,
    -- Business time.
    opened_at    timestamptz NOT NULL,
    team         text,
    category     text,
    store        text,
    -- Its own; none means those of its category.
    skills       jsonb NOT NULL,
    -- 0 low, 1 moderate, 2 high, 3 critical.
    priority     smallint NOT NULL,
    latitude     double precision,
    longitude    double precision,
    -- Where its records are, so that an answer can name the view's position there.
    partition    integer NOT NULL
);

-- The queue: of each priority, in the order of their turns.
CREATE INDEX ticket_waiting ON ticket (priority, opened_at, id) WHERE status = 'open' AND live;
-- The same of one team.
CREATE INDEX ticket_waiting_team ON ticket (team, priority, opened_at, id)
    WHERE status = 'open' AND live;

-- What consultants have to do. Counted when it is asked for: a ticket and its consultant lie in
-- different partitions, so a count that is kept would be changed from all of them at once.
CREATE INDEX ticket_at_work ON ticket (assignee, status)
    WHERE status IN ('assigned', 'in_progress', 'on_hold');

-- A router's decision, all that its event records.
CREATE TABLE decision (
    ticket       uuid NOT NULL,
    -- The ticket's, after the assignment that came of it.
    version      integer NOT NULL,
    consultant   uuid NOT NULL,
    -- When it was taken, by the router's clock.
    decided_at   timestamptz NOT NULL,
    recorded_at  timestamptz NOT NULL,
    router       uuid NOT NULL,
    attempt      bigint NOT NULL,
    attempts_max bigint NOT NULL,
    policy       integer NOT NULL,
    -- Policy and weights, as `1-0123456789abcdef`.
    rules        text NOT NULL,
    -- By name.
    weights      jsonb NOT NULL,
    -- Per partition, the sequence of the last record that was read for it.
    positions    jsonb NOT NULL,
    considered   bigint NOT NULL,
    -- By reason, how many couldn't have it.
    excluded     jsonb NOT NULL,
    -- Best first: [consultant, [points for distance, load, skill, language, preferred, fairness],
    -- metres or null, when last assigned or null].
    best         jsonb NOT NULL,
    sequence     bigint NOT NULL,
    PRIMARY KEY (ticket, version)
);
CREATE INDEX decision_consultant ON decision (consultant, ticket);

-- What became of a decision: the first thing that happened to it, once something has.
CREATE TABLE outcome (
    ticket           uuid NOT NULL,
    -- Of the decision.
    version          integer NOT NULL,
    -- accepted, declined, taken_back, reassigned, transferred, resolved or cancelled.
    outcome          text NOT NULL,
    -- The ticket's, after it.
    outcome_version  integer NOT NULL,
    -- Business time.
    occurred_at      timestamptz NOT NULL,
    actor            uuid NOT NULL,
    role             text NOT NULL,
    reason           text,
    PRIMARY KEY (ticket, version)
);

-- Who there is, with the columns that the read model has of them.
CREATE TABLE consultant (
    id            uuid PRIMARY KEY,
    version       integer NOT NULL,
    name          text,
    team          text,
    -- Levels, 1 to 5, by skill.
    skills        jsonb NOT NULL,
    -- None means every area.
    areas         jsonb NOT NULL,
    travel_km_max bigint,
    languages     jsonb NOT NULL,
    capacity      bigint NOT NULL,
    availability  text NOT NULL,
    hours         jsonb,
    place         jsonb,
    retired       boolean NOT NULL,
    -- Names of the columns above whose personal data was destroyed for good.
    erased        jsonb NOT NULL,
    registered_at timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    partition     integer NOT NULL
);

-- What categories ask for, where stores lie, and which days are off.
CREATE TABLE catalogue_entry (
    kind    text NOT NULL,
    key     text COLLATE "C" NOT NULL,
    content jsonb NOT NULL,
    PRIMARY KEY (kind, key)
);
