import { randomUUID } from 'node:crypto'
import type Database from 'better-sqlite3'
import type { UserId } from '../../../domain/identifiers.ts'
import type { Position } from '../../eventStore/recordedEvent.ts'
import { isInDoubt } from './doubts.ts'
import { FORMER } from './former.ts'

/** Where, by the log, it became another thing that is told of a user. */
export interface Change {
  /** Not before here. */
  readonly begins: Position
  /** Here, or before: all that it came of stands up to here. */
  readonly at: Position
  /** Whether every node tells it, once the log has come to it. */
  readonly isEverywhere: boolean
}

/** When what is told of users changed. Parts of a transaction. */
export interface ChangeTables {
  /**
   * Something else is told of a user. Nobody was told anything yet of what changed behind `told`, where the read model stood before
   * this transaction: then it goes on to have begun where that did. So does what other nodes may not know as a change: there he stands
   * where he stood.
   */
  readonly putChange: (userId: UserId, change: Change, told: Position | null) => void
  /**
   * An event says by which version the log is told from `position` on. Where that is the own one, and others told it by another one
   * before, all is told once more that they may have told otherwise.
   */
  readonly heardMeaning: (version: number, isOwn: boolean, position: Position) => void
  /** The users were heard of, up to `position`: what a former version told of them may be out of date. */
  readonly heardOf: (users: Iterable<UserId>, position: Position) => void
}

interface Feed {
  readonly meaning: number | null
  readonly formerVersion: number | null
  readonly formerPosition: Position | null
}

/** SQL: a former version told the same of the user of a row of `change`, and nothing was heard of him since. */
const SAME = `EXISTS (SELECT 1 FROM ${FORMER} AS told JOIN kyc_status AS now USING (user_id)
  WHERE user_id = change.user_id AND told.status = now.status AND told.since IS now.since AND told.revision = now.revision)`

/** SQL: of one who was erased all versions tell the same. */
const ERASED = 'EXISTS (SELECT 1 FROM erased_user WHERE erased_user.user_id = change.user_id)'

/** SQL: where it began, of a change behind one that nobody was told of (`@told`), or that may be none on another node. */
const BEGINS = 'CASE WHEN at > @told OR NOT @isEverywhere THEN min(begins, @begins) ELSE @begins END'

export const changeTables = (db: Database.Database): ChangeTables => {
  // What a reader was told of before it was opened may have been lost with the machine since.
  db.prepare('UPDATE feed SET opening = ?').run(randomUUID().slice(0, 8))
  const feed = db.prepare<[], Feed>(
    'SELECT meaning, former_version AS formerVersion, former_position AS formerPosition FROM feed',
  )
  let n = db.prepare<[], number | null>('SELECT max(n) FROM change').pluck().get() ?? 0
  const put = db.prepare<
    [Pick<Change, 'begins' | 'at'> & { userId: UserId; n: number; told: Position; isEverywhere: number }]
  >(
    `INSERT INTO change (user_id, at, n, begins, in_doubt) VALUES (@userId, @at, @n, @begins, ${isInDoubt('@userId')})
     ON CONFLICT (user_id) DO UPDATE SET at = max(at, excluded.at), n = excluded.n, begins = ${BEGINS}`,
  )
  const hear = db.prepare<[number]>('UPDATE feed SET meaning = ?')
  const noFormer = db.prepare<[]>('UPDATE feed SET former_version = NULL, former_position = NULL')
  const forget = (): void => {
    db.exec(`DROP TABLE IF EXISTS ${FORMER}`)
    noFormer.run()
  }
  /**
   * All are told once more, in the order in which they were; but for those whom the former version told the same of. A node on which
   * one of them is not among these has him where he stood.
   */
  const tellAnew = (position: Position, knowsFormer: boolean): void => {
    const others = knowsFormer ? `NOT ${SAME}` : 'TRUE'
    if (knowsFormer)
      db.prepare(
        `UPDATE change SET at = told.at FROM ${FORMER} AS told WHERE told.user_id = change.user_id AND told.at > change.at`,
      ).run()
    db.prepare<[{ readonly position: Position }]>(
      'UPDATE change SET begins = @position WHERE at >= @position AND begins > @position',
    ).run({ position })
    const anew = `SELECT user_id, row_number() OVER (ORDER BY at, n) AS k FROM change WHERE at < @position AND NOT ${ERASED} AND ${others}`
    const { changes } = db
      .prepare<[{ readonly position: Position; readonly n: number }]>(
        `UPDATE change SET begins = min(begins, @position), at = @position, n = @n + k FROM (${anew}) AS anew
         WHERE anew.user_id = change.user_id`,
      )
      .run({ position, n })
    n += changes
  }
  return {
    putChange: (userId, change, told) => {
      n += 1
      put.run({ ...change, userId, n, told: told ?? '', isEverywhere: change.isEverywhere ? 1 : 0 })
    },
    heardMeaning: (version, isOwn, position) => {
      const { meaning = null, formerVersion = null } = feed.get() ?? {}
      const wasOther = meaning !== null && meaning !== version
      if (isOwn && wasOther) tellAnew(position, formerVersion === meaning)
      if (isOwn) forget()
      hear.run(version)
    },
    heardOf: (users, position) => {
      const { formerVersion = null, formerPosition = null } = feed.get() ?? {}
      if (formerVersion === null || position <= (formerPosition ?? '')) return
      const remove = db.prepare<[UserId]>(`DELETE FROM ${FORMER} WHERE user_id = ?`)
      for (const userId of users) remove.run(userId)
    },
  }
}
