-- works with: 1
-- The state of a job is the table its row stands in: ready, running, waiting or outcome.
-- Instants are microseconds since 1970, UTC. Numbers of states, reasons and outcomes are those of the enums.
-- The schema's name, rota, is replaced by the configured one.

-- Names of kinds, queues, projects and nodes: other rows hold their numbers, and stay small.
CREATE TABLE rota.word (
    id   integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    text text COLLATE "C" NOT NULL UNIQUE
);
INSERT INTO rota.word (text) VALUES ('default');

CREATE SEQUENCE rota.job_id;
CREATE SEQUENCE rota.job_token;

-- A route is what a job shares with many others: one kind in one lane, which is one priority of one queue and the place
-- where a claim looks. Routes are remembered, not counted.
CREATE TABLE rota.route (
    id       integer  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    queue    integer  NOT NULL,
    kind     integer  NOT NULL,
    priority smallint NOT NULL CHECK (priority BETWEEN 0 AND 9),
    UNIQUE (queue, kind, priority)
);

-- Eight columns: with more of them each row had a longer header.
CREATE TABLE rota.job (
    id         bigint  NOT NULL PRIMARY KEY,
    created_at bigint  NOT NULL,
    route      integer NOT NULL,
    project    integer NOT NULL,
    args       bytea   NOT NULL,
    settings   bytea,
    key        text COLLATE "C",
    schedule   text COLLATE "C"
);
CREATE UNIQUE INDEX job_key ON rota.job (project, key) WHERE key IS NOT NULL;
-- Most jobs are of the project default, whose number is 1; a list of those needs no index.
CREATE INDEX job_project ON rota.job (project, id) WHERE project <> 1;
CREATE INDEX job_schedule ON rota.job (schedule, id) WHERE schedule IS NOT NULL;

CREATE TABLE rota.job_tag (
    tag text COLLATE "C" NOT NULL,
    id  bigint NOT NULL,
    PRIMARY KEY (tag, id)
);
CREATE INDEX job_tag_id ON rota.job_tag (id);

-- Jobs that were made by a retry.
CREATE TABLE rota.job_retry (
    id bigint NOT NULL PRIMARY KEY,
    of bigint NOT NULL
);

-- attempt counts the attempts made so far; crashes counts dead processes one after the other.
-- is_alone: may not be taken ahead, so that a crash is blamed only on what really ran.
CREATE TABLE rota.ready (
    id       bigint   NOT NULL,
    queue    integer  NOT NULL,
    route    integer  NOT NULL,
    attempt  integer  NOT NULL,
    priority smallint NOT NULL,
    crashes  smallint NOT NULL,
    is_alone boolean  NOT NULL,
    PRIMARY KEY (queue, priority, id)
) WITH (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000,
        autovacuum_vacuum_cost_delay = 0);

-- session: the process that runs it. node: its name, for people.
CREATE TABLE rota.running (
    id             bigint   NOT NULL PRIMARY KEY,
    token          bigint   NOT NULL,
    session        bigint   NOT NULL,
    started_at     bigint   NOT NULL,
    queue          integer  NOT NULL,
    route          integer  NOT NULL,
    node           integer  NOT NULL,
    attempt        integer  NOT NULL,
    priority       smallint NOT NULL,
    crashes        smallint NOT NULL,
    is_prefetched  boolean  NOT NULL,
    cancel_reason  text,
    progress_done  double precision,
    progress_total double precision,
    progress_text  text
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000,
        autovacuum_vacuum_cost_delay = 0);

-- due_at of a blocked job: it is not to run before, once nothing blocks it.
CREATE TABLE rota.waiting (
    id       bigint   NOT NULL PRIMARY KEY,
    due_at   bigint,
    queue    integer  NOT NULL,
    route    integer  NOT NULL,
    attempt  integer  NOT NULL,
    blockers integer  NOT NULL,
    state    smallint NOT NULL CHECK (state IN (0, 1, 4)),
    priority smallint NOT NULL,
    crashes  smallint NOT NULL,
    is_alone boolean  NOT NULL,
    CHECK (state = 1 OR due_at IS NOT NULL)
) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX waiting_due ON rota.waiting (due_at, id) WHERE due_at IS NOT NULL AND state <> 1;
CREATE INDEX waiting_free ON rota.waiting (id) WHERE state = 1 AND blockers = 0;

-- The narrow row that every ended job keeps. started_at is 0 and node is 0 where it never ran.
CREATE TABLE rota.outcome (
    id         bigint   NOT NULL,
    started_at bigint   NOT NULL,
    ended_at   bigint   NOT NULL,
    route      integer  NOT NULL,
    node       integer  NOT NULL,
    attempt    integer  NOT NULL,
    state      smallint NOT NULL CHECK (state IN (5, 6, 7)),
    reason     smallint NOT NULL,
    PRIMARY KEY (route, id)
);
-- By the second: equal keys share their place in the index.
CREATE INDEX outcome_ended ON rota.outcome ((ended_at / 1000000));
-- With the columns that lists of what failed are narrowed by: those rows stand far apart, and are not read for it.
CREATE INDEX outcome_unsuccessful ON rota.outcome (state, id) INCLUDE (route, reason) WHERE state <> 5;

CREATE TABLE rota.outcome_error (
    id   bigint NOT NULL PRIMARY KEY,
    text text   NOT NULL
);

CREATE TABLE rota.output (
    id   bigint NOT NULL PRIMARY KEY,
    json bytea  NOT NULL
);

-- One row for each attempt that failed, logged or was lost.
CREATE TABLE rota.attempt (
    id            bigint   NOT NULL,
    token         bigint   NOT NULL,
    started_at    bigint   NOT NULL,
    ended_at      bigint   NOT NULL,
    number        integer  NOT NULL,
    node          integer  NOT NULL,
    outcome       smallint NOT NULL,
    error_type    text,
    error_message text,
    error_stack   text,
    PRIMARY KEY (id, token)
);

CREATE TABLE rota.log (
    id     bigint   NOT NULL,
    token  bigint   NOT NULL,
    at     bigint   NOT NULL,
    number integer  NOT NULL,
    level  smallint NOT NULL,
    text   text     NOT NULL,
    PRIMARY KEY (id, token, number)
);

-- id waits for on_id.
CREATE TABLE rota.dependency (
    on_id bigint   NOT NULL,
    id    bigint   NOT NULL,
    rule  smallint NOT NULL,
    PRIMARY KEY (on_id, id)
);
CREATE INDEX dependency_id ON rota.dependency (id);

-- id was enqueued to run after on_id. state: the one in which on_id ended; null until then.
CREATE TABLE rota.job_edge (
    id    bigint NOT NULL,
    on_id bigint NOT NULL,
    state smallint CHECK (state IN (5, 6, 7)),
    PRIMARY KEY (id, on_id)
);
CREATE INDEX job_edge_on ON rota.job_edge (on_id);
-- Mostly empty: one look at it says that nobody waits for anything.
CREATE INDEX job_edge_open ON rota.job_edge (on_id) WHERE state IS NULL;

CREATE TABLE rota.unique_key (
    project    integer  NOT NULL,
    key        text COLLATE "C" NOT NULL,
    id         bigint   NOT NULL,
    expires_at bigint,
    scope      smallint NOT NULL,
    PRIMARY KEY (project, key)
);
CREATE INDEX unique_key_id ON rota.unique_key (id);
CREATE INDEX unique_key_until_start ON rota.unique_key (id) WHERE scope = 0;
CREATE INDEX unique_key_expires ON rota.unique_key (expires_at) WHERE expires_at IS NOT NULL;

-- A count is the sum of its counter and of the steps since: steps are appended, so that no two commits wait for the
-- same row, and folded into the counter now and then. newest: no job that is counted has a higher id.
CREATE TABLE rota.counter (
    route  integer  NOT NULL,
    state  smallint NOT NULL,
    n      bigint   NOT NULL,
    newest bigint   NOT NULL,
    PRIMARY KEY (route, state)
) WITH (fillfactor = 70);
CREATE TABLE rota.counter_step (
    newest bigint   NOT NULL,
    route  integer  NOT NULL,
    n      integer  NOT NULL,
    state  smallint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);

-- The queues of which something was said. Who claims from a limited one holds its row, so that claims count in turn.
CREATE TABLE rota.queue (
    id          integer NOT NULL PRIMARY KEY,
    max_running integer CHECK (max_running >= 1),
    is_paused   boolean NOT NULL DEFAULT false
);

-- A process that may hold jobs. It lives as long as seen_at, by the database's clock, is younger than the lease.
CREATE TABLE rota.session (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    seen_at timestamptz NOT NULL
) WITH (fillfactor = 50);

-- A row for each process: two that share a name must not hide each other. clock_offset: microseconds that the wall clock
-- of its machine is ahead of the database's.
CREATE TABLE rota.node (
    name         text COLLATE "C" NOT NULL,
    process      text COLLATE "C" NOT NULL,
    host         text    NOT NULL,
    pid          integer NOT NULL,
    version      text    NOT NULL,
    started_at   bigint  NOT NULL,
    seen_at      bigint  NOT NULL,
    clock_offset bigint,
    slots        integer NOT NULL,
    running      integer NOT NULL,
    is_stopping  boolean NOT NULL,
    is_drained   boolean NOT NULL DEFAULT false,
    queues       text[]  NOT NULL,
    PRIMARY KEY (name, process)
) WITH (fillfactor = 50);

CREATE TABLE rota.schedule (
    name       text COLLATE "C" NOT NULL PRIMARY KEY,
    project    text     NOT NULL,
    trigger    text     NOT NULL,
    kind       text     NOT NULL,
    args       bytea    NOT NULL,
    options    bytea,
    policy     bytea,
    owner      text COLLATE "C",
    secrets    text,
    created_at bigint   NOT NULL
);

-- Where a schedule stands, apart from its rule: each firing copies this row. The index holds slots of 16 s, so that most
-- firings of what is due often change no index, and what they leave behind goes without a vacuum.
CREATE TABLE rota.schedule_due (
    name       text COLLATE "C" NOT NULL PRIMARY KEY,
    next_due   bigint,
    last_due   bigint,
    version    bigint   NOT NULL,
    updated_at bigint   NOT NULL,
    slot       bigint   GENERATED ALWAYS AS (next_due / 16000000) STORED,
    is_paused  boolean  NOT NULL,
    CHECK (NOT is_paused OR next_due IS NULL)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000,
        autovacuum_vacuum_cost_delay = 0);
CREATE INDEX schedule_due_slot ON rota.schedule_due (slot, name) WHERE slot IS NOT NULL;

-- is_open: its job counts among those that may run, as far as anybody looked; only where their number is limited.
CREATE TABLE rota.occurrence (
    schedule text COLLATE "C" NOT NULL,
    due_at   bigint   NOT NULL,
    at       bigint   NOT NULL,
    job_id   bigint,
    outcome  smallint NOT NULL CHECK (outcome BETWEEN 0 AND 4),
    is_open  boolean  NOT NULL,
    PRIMARY KEY (schedule, due_at)
);
CREATE INDEX occurrence_open ON rota.occurrence (schedule) WHERE is_open;

-- The rule as it stood after each change.
CREATE TABLE rota.schedule_version (
    schedule text COLLATE "C" NOT NULL,
    version  bigint   NOT NULL,
    at       bigint   NOT NULL,
    actor    text     NOT NULL,
    change   smallint NOT NULL CHECK (change BETWEEN 0 AND 4),
    rule     bytea    NOT NULL,
    PRIMARY KEY (schedule, version)
);
CREATE INDEX schedule_version_removed ON rota.schedule_version (at) WHERE change = 4;

CREATE TABLE rota.secret (
    name       text COLLATE "C" NOT NULL PRIMARY KEY,
    token      text   NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);

CREATE TABLE rota.memory (
    scope text COLLATE "C" NOT NULL,
    key   text COLLATE "C" NOT NULL,
    value text NOT NULL,
    PRIMARY KEY (scope, key)
);

CREATE TABLE rota.user (
    name       text COLLATE "C" NOT NULL PRIMARY KEY,
    role       smallint NOT NULL,
    password   text     NOT NULL,
    created_at bigint   NOT NULL
);

-- A token with a user is a session of that user.
CREATE TABLE rota.token (
    name       text COLLATE "C" NOT NULL PRIMARY KEY,
    hash       bytea    NOT NULL UNIQUE,
    role       smallint NOT NULL,
    user_name  text COLLATE "C",
    created_at bigint   NOT NULL,
    expires_at bigint,
    used_at    bigint
);
CREATE INDEX token_user ON rota.token (user_name, expires_at) WHERE user_name IS NOT NULL;

CREATE TABLE rota.audit (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      bigint NOT NULL,
    actor   text   NOT NULL,
    action  text   NOT NULL,
    target  text   NOT NULL,
    detail  text,
    changes text
);

-- is_pending: webhooks have not been looked at yet; only where there are any.
CREATE TABLE rota.event (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         bigint   NOT NULL,
    job_id     bigint,
    due_at     bigint,
    count      integer  NOT NULL,
    type       smallint NOT NULL,
    is_pending boolean  NOT NULL,
    source     text COLLATE "C" NOT NULL,
    actor      text,
    text       text
);
CREATE INDEX event_pending ON rota.event (id) WHERE is_pending;

-- types: their numbers, with blanks between; empty for all. secret: the name of one.
CREATE TABLE rota.webhook (
    name       text COLLATE "C" NOT NULL PRIMARY KEY,
    url        text   NOT NULL,
    types      text   NOT NULL,
    secret     text,
    created_at bigint NOT NULL,
    headers    text
);

-- Single values: key_fingerprint.
CREATE TABLE rota.setting (
    name  text COLLATE "C" NOT NULL PRIMARY KEY,
    value text NOT NULL
);
