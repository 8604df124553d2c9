-- The state of a job is the table its row stands in: ready, running, waiting or outcome.
-- Instants are microseconds since 1970, UTC. Numbers of states, reasons and outcomes are those of the enums.

CREATE TABLE job (
    id         INTEGER PRIMARY KEY,
    kind       TEXT    NOT NULL,
    queue      TEXT    NOT NULL,
    priority   INTEGER NOT NULL CHECK (priority BETWEEN 0 AND 9),
    project    TEXT    NOT NULL,
    args       BLOB    NOT NULL,
    settings   BLOB,
    key        TEXT,
    schedule   TEXT,
    retry_of   INTEGER,
    created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX job_key ON job (project, key) WHERE key IS NOT NULL;
-- By blocks of 4,096 ids: a new row comes into one of a few pages. With all of a schedule side by side each would change
-- a page of its own, and thousands a second would write many times what they say.
CREATE INDEX job_schedule ON job (id >> 12, schedule, id) WHERE schedule IS NOT NULL;

CREATE TABLE job_tag (
    tag TEXT    NOT NULL,
    id  INTEGER NOT NULL,
    PRIMARY KEY (tag, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX job_tag_id ON job_tag (id);

-- attempt counts the attempts made so far; crashes counts dead processes one after the other.
CREATE TABLE ready (
    queue    TEXT    NOT NULL,
    priority INTEGER NOT NULL,
    id       INTEGER NOT NULL,
    attempt  INTEGER NOT NULL,
    crashes  INTEGER NOT NULL,
    PRIMARY KEY (queue, priority, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE running (
    id               INTEGER PRIMARY KEY,
    token            INTEGER NOT NULL,
    node             TEXT    NOT NULL,
    attempt          INTEGER NOT NULL,
    crashes          INTEGER NOT NULL,
    started_at       INTEGER NOT NULL,
    is_prefetched    INTEGER NOT NULL,
    cancel_reason    TEXT,
    progress_done    REAL,
    progress_total   REAL,
    progress_text    TEXT
) STRICT;

-- due_at of a blocked job: it is not to run before, once nothing blocks it.
CREATE TABLE waiting (
    id       INTEGER PRIMARY KEY,
    state    INTEGER NOT NULL CHECK (state IN (0, 1, 4)),
    due_at   INTEGER,
    attempt  INTEGER NOT NULL,
    crashes  INTEGER NOT NULL,
    blockers INTEGER NOT NULL DEFAULT 0,
    CHECK (state = 1 OR due_at IS NOT NULL)
) STRICT;
CREATE INDEX waiting_due ON waiting (due_at, id) WHERE due_at IS NOT NULL AND state <> 1;

CREATE TABLE outcome (
    id         INTEGER PRIMARY KEY,
    kind       TEXT    NOT NULL,
    queue      TEXT    NOT NULL,
    state      INTEGER NOT NULL CHECK (state IN (5, 6, 7)),
    reason     INTEGER NOT NULL,
    attempt    INTEGER NOT NULL,
    node       TEXT,
    started_at INTEGER,
    ended_at   INTEGER NOT NULL,
    error      TEXT
) STRICT;
CREATE INDEX outcome_kind ON outcome (kind, id);
CREATE INDEX outcome_ended ON outcome (ended_at);
CREATE INDEX outcome_unsuccessful ON outcome (state, id) WHERE state <> 5;

CREATE TABLE output (
    id   INTEGER PRIMARY KEY,
    json BLOB NOT NULL
) STRICT;

-- One row for each attempt that failed, logged or was lost.
CREATE TABLE attempt (
    id            INTEGER NOT NULL,
    token         INTEGER NOT NULL,
    number        INTEGER NOT NULL,
    node          TEXT    NOT NULL,
    started_at    INTEGER NOT NULL,
    ended_at      INTEGER NOT NULL,
    outcome       INTEGER NOT NULL,
    error_type    TEXT,
    error_message TEXT,
    error_stack   TEXT,
    PRIMARY KEY (id, token)
) STRICT;

CREATE TABLE log (
    id     INTEGER NOT NULL,
    token  INTEGER NOT NULL,
    number INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    level  INTEGER NOT NULL,
    text   TEXT    NOT NULL,
    PRIMARY KEY (id, token, number)
) STRICT, WITHOUT ROWID;

-- id waits for on_id.
CREATE TABLE dependency (
    on_id INTEGER NOT NULL,
    id    INTEGER NOT NULL,
    rule  INTEGER NOT NULL,
    PRIMARY KEY (on_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX dependency_id ON dependency (id);

-- id was enqueued to run after on_id. state: the one in which on_id ended; null until then.
CREATE TABLE job_edge (
    id    INTEGER NOT NULL,
    on_id INTEGER NOT NULL,
    state INTEGER CHECK (state IN (5, 6, 7)),
    PRIMARY KEY (id, on_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX job_edge_on ON job_edge (on_id);

CREATE TABLE unique_key (
    project    TEXT    NOT NULL,
    key        TEXT    NOT NULL,
    id         INTEGER NOT NULL,
    scope      INTEGER NOT NULL,
    expires_at INTEGER,
    PRIMARY KEY (project, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX unique_key_id ON unique_key (id);
CREATE INDEX unique_key_expires ON unique_key (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE counter (
    queue TEXT    NOT NULL,
    kind  TEXT    NOT NULL,
    state INTEGER NOT NULL,
    n     INTEGER NOT NULL,
    PRIMARY KEY (queue, kind, state)
) STRICT, WITHOUT ROWID;

CREATE TABLE queue (
    name        TEXT PRIMARY KEY,
    paused      INTEGER NOT NULL DEFAULT 0,
    max_running INTEGER CHECK (max_running >= 1)
) STRICT, WITHOUT ROWID;

CREATE TABLE node (
    name       TEXT PRIMARY KEY,
    process    TEXT    NOT NULL,
    host       TEXT    NOT NULL,
    pid        INTEGER NOT NULL,
    version    TEXT    NOT NULL,
    started_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    slots      INTEGER NOT NULL,
    running    INTEGER NOT NULL,
    stopping   INTEGER NOT NULL,
    drained    INTEGER NOT NULL,
    queues     TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE schedule (
    name       TEXT PRIMARY KEY,
    project    TEXT    NOT NULL,
    trigger    TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    args       BLOB    NOT NULL,
    options    BLOB,
    policy     BLOB,
    owner      TEXT,
    secrets    TEXT,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Where a schedule stands, apart from its rule: each firing writes this row anew.
CREATE TABLE schedule_due (
    name       TEXT PRIMARY KEY,
    next_due   INTEGER,
    last_due   INTEGER,
    version    INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    paused     INTEGER NOT NULL CHECK (paused IN (0, 1)),
    CHECK (paused = 0 OR next_due IS NULL)
) STRICT, WITHOUT ROWID;
CREATE INDEX schedule_due_next ON schedule_due (next_due, name) WHERE next_due IS NOT NULL;

-- is_open: its job counts among those that may run, as far as anybody looked; only where their number is limited.
CREATE TABLE occurrence (
    schedule TEXT    NOT NULL,
    due_at   INTEGER NOT NULL,
    outcome  INTEGER NOT NULL CHECK (outcome BETWEEN 0 AND 4),
    job_id   INTEGER,
    is_open  INTEGER NOT NULL CHECK (is_open IN (0, 1)),
    at       INTEGER NOT NULL,
    PRIMARY KEY (schedule, due_at)
) STRICT, WITHOUT ROWID;
CREATE INDEX occurrence_open ON occurrence (schedule) WHERE is_open = 1;

-- The rule as it stood after each change.
CREATE TABLE schedule_version (
    schedule TEXT    NOT NULL,
    version  INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    actor    TEXT    NOT NULL,
    change   INTEGER NOT NULL CHECK (change BETWEEN 0 AND 4),
    rule     BLOB    NOT NULL,
    PRIMARY KEY (schedule, version)
) STRICT, WITHOUT ROWID;
CREATE INDEX schedule_version_removed ON schedule_version (at) WHERE change = 4;

CREATE TABLE secret (
    name       TEXT PRIMARY KEY,
    token      TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE memory (
    scope TEXT NOT NULL,
    key   TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (scope, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE user (
    name       TEXT PRIMARY KEY,
    role       INTEGER NOT NULL,
    password   TEXT    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A token with a user is a session of that user.
CREATE TABLE token (
    id         INTEGER PRIMARY KEY,
    name       TEXT    NOT NULL UNIQUE,
    hash       BLOB    NOT NULL UNIQUE,
    role       INTEGER NOT NULL,
    user       TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    used_at    INTEGER
) STRICT;
CREATE INDEX token_user ON token (user, expires_at) WHERE user IS NOT NULL;

CREATE TABLE audit (
    id      INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    actor   TEXT    NOT NULL,
    action  TEXT    NOT NULL,
    target  TEXT    NOT NULL,
    detail  TEXT,
    changes TEXT
) STRICT;

-- is_pending: webhooks have not been looked at yet; only where there are any.
CREATE TABLE event (
    id         INTEGER PRIMARY KEY,
    at         INTEGER NOT NULL,
    type       INTEGER NOT NULL,
    source     TEXT    NOT NULL,
    job_id     INTEGER,
    due_at     INTEGER,
    count      INTEGER NOT NULL,
    actor      TEXT,
    text       TEXT,
    is_pending INTEGER NOT NULL CHECK (is_pending IN (0, 1))
) STRICT;
CREATE INDEX event_pending ON event (id) WHERE is_pending = 1;

-- types: their numbers, with blanks between; empty for all. secret: the name of one. headers: JSON.
CREATE TABLE webhook (
    name       TEXT PRIMARY KEY,
    url        TEXT    NOT NULL,
    types      TEXT    NOT NULL,
    secret     TEXT,
    created_at INTEGER NOT NULL,
    headers    TEXT
) STRICT, WITHOUT ROWID;

-- Single values: epoch (grows at each start), last_job_id (of deleted jobs), key_fingerprint.
CREATE TABLE setting (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
