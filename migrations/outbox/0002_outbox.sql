-- One generation of the outbox: a Postgres schema of its own, which the connection's search_path
-- names, so no table here is ever qualified. The projector `outbox` writes it; the delivery worker
-- reads it, and takes from `pending`.

-- What a notification about a ticket needs to know of it; once its customer was erased nothing
-- personal any more.
CREATE TABLE ticket (
    id              uuid PRIMARY KEY,
    version         integer NOT NULL,
    -- What is read out on the phone, check digit included.
    number          bigint NOT NULL,
    -- Null: an unregistered caller, whose contact was given with the ticket.
    customer        uuid,
    caller_name     text,
    caller_phone    text,
    caller_email    text,
    language        text,
    subject         text,
    team            text,
    assignee        uuid,
    -- The customer was told that somebody has it, since it was opened or came back.
    assignment_told boolean NOT NULL,
    -- Routers leave it to a manager if whoever has it doesn't accept it, be it by a manager's hand.
    last_attempt    boolean NOT NULL
);
CREATE INDEX ticket_customer ON ticket (customer) WHERE customer IS NOT NULL;

-- Whom to tell, and how; of an erased one nothing is left but that.
CREATE TABLE customer (
    id       uuid PRIMARY KEY,
    version  integer NOT NULL,
    name     text,
    phone    text,
    email    text,
    -- email, sms or none
    channel  text NOT NULL,
    language text,
    surveys  boolean NOT NULL,
    erased   boolean NOT NULL
);

-- By which name customers know them.
CREATE TABLE consultant (
    id      uuid PRIMARY KEY,
    version integer NOT NULL,
    name    text
);

-- One row per fact and recipient, however often the log is read. No personal data: whom it reaches
-- and what it says is looked up when it is sent.
CREATE TABLE notification (
    -- Made of the four columns after it, so it is the same in every generation.
    id          uuid PRIMARY KEY,
    stream      text NOT NULL,
    version     integer NOT NULL,
    kind        text NOT NULL,
    -- customer, managers or endpoints (the webhooks')
    recipient   text NOT NULL,
    ticket      uuid NOT NULL,
    consultant  uuid,
    -- Of an invitation to a survey: which of the ticket's closings it is about, and until when it may
    -- be answered. What signs its link is not kept here.
    closing     bigint,
    expires_at  timestamptz,
    -- Business time.
    occurred_at timestamptz NOT NULL,
    -- The record's own time.
    recorded_at timestamptz NOT NULL,
    partition   integer NOT NULL,
    sequence    bigint NOT NULL,
    UNIQUE (stream, version, kind, recipient)
);
CREATE INDEX notification_ticket ON notification (ticket);

-- Handed to the delivery worker, who takes the row out once it keeps the notification's deliveries
-- itself. Not a fold: of two generations it is not the same.
CREATE TABLE pending (
    id          uuid PRIMARY KEY,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX pending_recorded_at ON pending (recorded_at, id);
