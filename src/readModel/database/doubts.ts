/** What makes a user uncertain beside the log, or what a node sees of it: others may see it otherwise, or later. */
const KINDS = "('history-damaged', 'history-incomplete', 'history-removed', 'event-altered', 'not-as-sealed')"

/** SQL: whether a user is in such doubt. */
export const isInDoubt = (userId: string): string =>
  `EXISTS (SELECT 1 FROM user_anomaly WHERE user_id = ${userId} AND kind IN ${KINDS})`

const noted = (userId: string): string => `
  UPDATE change SET in_doubt = ${isInDoubt(userId)} WHERE user_id = ${userId};`

/** Kept by the anomalies as they are written: a log that is not as sealed puts everybody in doubt, and of all who are so a page is asked for. */
export const DOUBTS = `
  CREATE INDEX change_in_doubt ON change (n) WHERE in_doubt;
  CREATE TRIGGER doubt_more AFTER INSERT ON user_anomaly WHEN new.kind IN ${KINDS} BEGIN ${noted('new.user_id')} END;
  CREATE TRIGGER doubt_less AFTER DELETE ON user_anomaly WHEN old.kind IN ${KINDS} BEGIN ${noted('old.user_id')} END;`
