-- A job with the state 5 is done and kept; its order_us says when it was done. One index for both states, since each
-- index costs a little at every change of any job. Only a query that says 'state >= 4' as well is answered from it.
DROP INDEX job_failed;
CREATE INDEX job_ended ON job (queue, state, order_us) WHERE state >= 4;

-- DoneBounds as JSON, null when nothing is kept.
ALTER TABLE queue ADD COLUMN keep_done TEXT;
-- How many are kept, and their bytes, so that nobody has to count them.
ALTER TABLE queue ADD COLUMN kept INTEGER NOT NULL DEFAULT 0;
ALTER TABLE queue ADD COLUMN kept_bytes INTEGER NOT NULL DEFAULT 0;
