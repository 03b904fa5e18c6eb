-- Every time is the host's clock: `order_us` and `clock_us` in microseconds, the others in milliseconds, since 1970.

CREATE TABLE queue (
  no INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  -- What the service registered, as JSON; null until one does.
  settings TEXT,
  paused INTEGER NOT NULL DEFAULT 0,
  pushed INTEGER NOT NULL DEFAULT 0,
  done INTEGER NOT NULL DEFAULT 0,
  -- The last order that a job was given. Never goes back, also when the wall clock does.
  clock_us INTEGER NOT NULL DEFAULT 0,
  -- How often jobs were taken; the number of a take is part of the token of each of its jobs.
  takes INTEGER NOT NULL DEFAULT 0,
  -- Higher each time that a taker may find something new here: what a wait compares.
  bell INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE job (
  seq INTEGER PRIMARY KEY,
  queue INTEGER NOT NULL REFERENCES queue (no),
  -- 1 ready, 2 delayed, 3 active, 4 failed
  state INTEGER NOT NULL,
  -- 1 high, 2 normal, 3 low: as it was pushed
  priority INTEGER NOT NULL,
  -- Where it stands among the ready ones: its priority, or 0 when it was given back.
  rank INTEGER NOT NULL,
  -- ready: since when, made unique; delayed: when it is due; failed: when it failed; active: as it was when ready
  order_us INTEGER NOT NULL,
  taker INTEGER REFERENCES taker (no),
  take INTEGER,
  interruptions INTEGER NOT NULL DEFAULT 0,
  id TEXT NOT NULL,
  -- A JobRecord as JSON, for jobs that failed before.
  record TEXT,
  envelope TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX job_id ON job (queue, id);
CREATE INDEX job_ready ON job (queue, rank, order_us) WHERE state = 1;
CREATE INDEX job_delayed ON job (queue, order_us) WHERE state = 2;
CREATE INDEX job_active ON job (queue, taker) WHERE state = 3;
CREATE INDEX job_failed ON job (queue, order_us) WHERE state = 4;

-- Everybody who takes jobs of a queue: an owner itself (worker '') or one of its workers.
CREATE TABLE taker (
  no INTEGER PRIMARY KEY,
  queue INTEGER NOT NULL REFERENCES queue (no),
  owner TEXT NOT NULL,
  worker TEXT NOT NULL,
  UNIQUE (queue, owner, worker)
) STRICT;

CREATE TABLE lease (
  queue INTEGER NOT NULL REFERENCES queue (no),
  owner TEXT NOT NULL,
  ends_ms INTEGER NOT NULL,
  PRIMARY KEY (queue, owner)
) STRICT, WITHOUT ROWID;

-- The last batch of each pusher that was carried out.
CREATE TABLE pusher (
  queue INTEGER NOT NULL REFERENCES queue (no),
  name TEXT NOT NULL,
  batch INTEGER NOT NULL,
  seen_ms INTEGER NOT NULL,
  PRIMARY KEY (queue, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE service (
  name TEXT PRIMARY KEY,
  incarnation TEXT NOT NULL,
  -- A ServiceHolder as JSON.
  holder TEXT NOT NULL,
  ends_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
