-- What the reference vendor app keeps. Times are UTC nanoseconds. Rows are only ever added, but for
-- leases and controllers, which hold one row a serial, and the end of an audit row.

-- Every event that a driver reported, once. id is the order of storing.
CREATE TABLE IF NOT EXISTS events (
    id            INTEGER PRIMARY KEY,
    serial        INTEGER NOT NULL,  -- 0: it concerns the driver process itself
    log_epoch     INTEGER NOT NULL,
    idx           INTEGER NOT NULL,  -- name of a transaction with serial and log_epoch; 0 for a driver event
    instance      TEXT,              -- name of a driver event with number; NULL for a transaction
    number        INTEGER NOT NULL,
    kind          TEXT    NOT NULL,  -- name of the body's field in the contract, or 'unknown'
    panel_time_ns INTEGER NOT NULL,
    received_ns   INTEGER NOT NULL,
    backlog       INTEGER NOT NULL,
    lease_epoch   INTEGER NOT NULL,  -- the lease it was seen under, current or not
    begins        INTEGER NOT NULL,  -- 1: the transaction before it was not stored when this one was
    body          TEXT    NOT NULL   -- JSON, with the names of the contract
);
CREATE UNIQUE INDEX IF NOT EXISTS events_transaction ON events (serial, log_epoch, idx) WHERE idx > 0;
CREATE UNIQUE INDEX IF NOT EXISTS events_driver ON events (instance, number) WHERE idx = 0;
-- Every transaction but these has its predecessor stored, so that these few tell all runs.
CREATE INDEX IF NOT EXISTS events_begins ON events (serial, log_epoch, idx) WHERE begins = 1;

-- Transactions that a driver could not have. They may have come later all the same.
CREATE TABLE IF NOT EXISTS gaps (
    serial      INTEGER NOT NULL,
    log_epoch   INTEGER NOT NULL,
    first       INTEGER NOT NULL,
    last        INTEGER NOT NULL,    -- 0: nobody knows
    cause       TEXT    NOT NULL,    -- wrapped, erased, skipped, app ahead
    instance    TEXT    NOT NULL,    -- '' and number 0: the app found it itself
    number      INTEGER NOT NULL,
    received_ns INTEGER NOT NULL,
    lease_epoch INTEGER NOT NULL,
    PRIMARY KEY (serial, log_epoch, first)
);

-- Every command, written before it is sent. It ends once: with a driver's result, or by the app.
CREATE TABLE IF NOT EXISTS audit (
    id           TEXT PRIMARY KEY,
    serial       INTEGER NOT NULL,
    kind         TEXT    NOT NULL,   -- name of the action's field in the contract
    arguments    TEXT    NOT NULL,   -- JSON, without PINs
    requested_by TEXT    NOT NULL,
    route        TEXT    NOT NULL,   -- redis, claim, stream
    ttl_ms       INTEGER NOT NULL,
    lease_epoch  INTEGER NOT NULL,   -- 0: the command named none
    created_ns   INTEGER NOT NULL,
    outcome      TEXT,               -- NULL while open; done, nak, refused, expired, overloaded, unknown
    reason       TEXT,
    instance     TEXT,               -- whose result it was; '' when the app ended it
    ended_ns     INTEGER,
    late_outcome TEXT,               -- the result that came after the app had ended it
    late_reason  TEXT,
    late_ns      INTEGER
);
CREATE INDEX IF NOT EXISTS audit_open ON audit (created_ns) WHERE outcome IS NULL;

-- Every result that a driver reported, of commands that are not ours too (sent by hand in Redis).
CREATE TABLE IF NOT EXISTS results (
    id          TEXT    NOT NULL,
    instance    TEXT    NOT NULL,
    serial      INTEGER NOT NULL,
    outcome     TEXT    NOT NULL,
    reason      TEXT    NOT NULL,
    lease_epoch INTEGER NOT NULL,
    received_ns INTEGER NOT NULL,
    posted_ns   INTEGER NOT NULL,
    ended_ns    INTEGER NOT NULL,
    PRIMARY KEY (id, instance)
);

-- The newest lease of every serial.
CREATE TABLE IF NOT EXISTS leases (
    serial      INTEGER PRIMARY KEY,
    lease_epoch INTEGER NOT NULL,
    instance    TEXT    NOT NULL,
    over        INTEGER NOT NULL     -- 1: given back
);

-- The logs of controllers whose driver can not tell one log from the next, as the app counted them.
CREATE TABLE IF NOT EXISTS counted_logs (
    serial      INTEGER NOT NULL,
    log_epoch   INTEGER NOT NULL,
    lease_epoch INTEGER NOT NULL,    -- the first lease under which it was the controller's
    PRIMARY KEY (serial, log_epoch)
);

-- What the app believes of every controller right now.
CREATE TABLE IF NOT EXISTS controllers (
    serial         INTEGER PRIMARY KEY,
    instance       TEXT    NOT NULL,
    port           INTEGER NOT NULL,
    lease_epoch    INTEGER NOT NULL,
    online         INTEGER NOT NULL,
    commands_ready INTEGER NOT NULL,
    peer           TEXT    NOT NULL,
    tls            TEXT    NOT NULL,
    model          TEXT    NOT NULL,
    firmware       TEXT    NOT NULL,
    mac            TEXT    NOT NULL,
    cause          TEXT    NOT NULL,
    since_ns       INTEGER NOT NULL
);

-- One row: lease epochs of this database are above its floor, milliseconds since 1970 when it was made.
CREATE TABLE IF NOT EXISTS origin (
    only        INTEGER PRIMARY KEY CHECK (only = 1),
    lease_floor INTEGER NOT NULL
);
