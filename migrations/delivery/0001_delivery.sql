-- What became of each notification. Not derived from the log, so it needs a backup of its own, and
-- no rebuild touches it. Only the delivery worker writes it. No personal data.

-- Facts recorded earlier are nobody's news: they were before the worker first ran, or so long ago
-- that it is forgotten by now what became of them. It only moves forward.
CREATE TABLE start_mark (
    only_row      boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    deliver_after timestamptz NOT NULL DEFAULT now()
);
INSERT INTO start_mark DEFAULT VALUES;

-- Since when somebody is told of something: since a worker first ran that was to tell them of it.
-- What was before is no news to them.
CREATE TABLE audience (
    -- customer, managers or webhook:<name>
    recipient     text NOT NULL,
    kind          text NOT NULL,
    deliver_after timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (recipient, kind)
);

-- Notifications that have been seen. None is taken again, whichever generation of the outbox shows
-- it, and whoever else is to be told of such things by then. Older ones than the start mark needn't
-- be here.
CREATE TABLE taken (
    notification uuid PRIMARY KEY,
    recorded_at  timestamptz NOT NULL
);
CREATE INDEX taken_recorded_at ON taken (recorded_at);

CREATE TABLE delivery (
    -- Stable: of a person's notification its own id, of a webhook one made of it and the endpoint.
    -- Receivers see it (Message-ID, webhook-id), so that they can drop a repetition.
    id           uuid PRIMARY KEY,
    notification uuid NOT NULL,
    kind         text NOT NULL,
    recipient    text NOT NULL,
    ticket       uuid NOT NULL,
    -- mail, sms or webhook:<name>; null as long as there is no way to the recipient that is served.
    target       text,
    -- due: waits for its time, or is being sent. dead: the schedule is over, it was refused for good,
    -- or no way was found in time. dropped: nobody is to get it.
    state        text NOT NULL CHECK (state IN ('due', 'delivered', 'dead', 'dropped')),
    -- Begun, the one under way included. An attempt's outcome counts only under its own number.
    attempts     integer NOT NULL DEFAULT 0,
    -- Not before. An attempt under way moves it to its own latest end, so that nobody else begins
    -- another, and somebody does if the worker died.
    due_at       timestamptz NOT NULL DEFAULT now(),
    -- Why it is not delivered.
    reason       text,
    -- When the fact was recorded in the log.
    recorded_at  timestamptz NOT NULL,
    -- Since when it has had no way to the recipient, for this reason.
    waits_since  timestamptz NOT NULL DEFAULT now(),
    finished_at  timestamptz
);
CREATE INDEX delivery_due ON delivery (target, due_at) WHERE state = 'due';
-- What is to be counted every few seconds, however much has been delivered.
CREATE INDEX delivery_open ON delivery (target, state, recorded_at) WHERE state IN ('due', 'dead');
-- What is to be forgotten one day.
CREATE INDEX delivery_finished ON delivery (finished_at) WHERE state <> 'due';
