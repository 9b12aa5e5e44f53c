import type Database from 'better-sqlite3'
import * as E from 'fp-ts/lib/Either.js'
import type { Status } from '../../../domain/answer/status.ts'
import type { UserId } from '../../../domain/identifiers.ts'
import { formatMilliseconds, type Instant } from '../../../domain/instant.ts'
import { KYC_STATUS } from '../../../projections/kycStatus.ts'
import type { Position } from '../../eventStore/recordedEvent.ts'
import { type ChangeId, type Origin, readChangeId, writeChangeId } from '../changeId.ts'

/** What is told of a user since it changed. */
export interface ToldChange {
  readonly id: string
  readonly userId: UserId
  readonly status: Status | 'erased'
  /** RFC 3339, UTC, in milliseconds: since when he has the status; of one who was erased, when he was. */
  readonly since: string | null
  readonly nextReviewDate: string | null
  /** The position at which it changed, or one behind it. */
  readonly position: Position
  /** The same for as long as what is told here is this, and no other's, nor that of another file of a read model. */
  readonly key: string
}

/**
 * Why nothing is told: `after` is no id of this log as it is; or changes are told by another version from some event of the log on
 * that the read model has come to.
 */
export type NoChanges = 'foreign-id' | 'other-meaning'

export interface ChangeReader {
  /**
   * What is told of users whose answer changed behind `after`, an id, or from a position on, and up to where the read model stands, in
   * the order in which that is told; at most `limit`. An id that another read model of the same log gave leads to all that it may not
   * have told yet.
   */
  readonly changes: (after: string | null, limit: number) => E.Either<NoChanges, readonly ToldChange[]>
  /** The id behind all that is told by now; `null`: nothing has been projected yet. */
  readonly changesEnd: () => E.Either<NoChanges, string | null>
  /** What is told of a user now; `null`: nothing, of one nobody knows or whose last change stands where the read model has not come to. */
  readonly changeOf: (userId: UserId) => E.Either<NoChanges, ToldChange | null>
  /** The last that changed of all that is told, newest first; at most `limit`. */
  readonly newestChanges: (limit: number) => E.Either<NoChanges, readonly ToldChange[]>
}

interface Feed extends Origin {
  readonly checkpoint: Position | null
  readonly meaning: number | null
  /** Random: which file it is. */
  readonly made: string
}

interface Row {
  readonly userId: UserId
  readonly at: Position
  readonly n: number
  readonly begins: Position
  readonly status: Status | null
  readonly since: Instant | null
  readonly nextReviewDate: string | null
  readonly erasedAt: string | null
}

interface Range {
  readonly at: Position
  readonly n: number
  readonly limit: number
}

const BEFORE_ALL = Number.MIN_SAFE_INTEGER

const TOLD = `SELECT change.user_id AS userId, at, n, begins, status, since, next_review_date AS nextReviewDate, erased_at AS erasedAt`
const OF_CHANGE = `LEFT JOIN kyc_status ON kyc_status.user_id = change.user_id
  LEFT JOIN erased_user ON erased_user.user_id = change.user_id`

/**
 * Up to where everything was told with each of the last rows there are: what of a later one may have changed before it is not.
 * `untold`: where changes begin that are told later.
 */
const wholesOf = (rows: readonly Row[], whole: Position, untold: Position | null): readonly Position[] => {
  let first = untold
  return rows
    .toReversed()
    .map(({ at, begins }) => {
      const upTo = first === null || at < first ? at : first
      first = first === null || begins < first ? begins : first
      return upTo > whole ? upTo : whole
    })
    .toReversed()
}

export const changeReader = (db: Database.Database): ChangeReader => {
  const feed = db.prepare<[string], Feed>(
    `SELECT log_id AS logId, generation, losses, opening, made, position AS checkpoint, meaning FROM checkpoint, feed
     WHERE projection = ?`,
  )
  const behind = db.prepare<[Range & { readonly checkpoint: Position }], Row>(
    `${TOLD} FROM change ${OF_CHANGE} WHERE (at, n) > (@at, @n) AND at <= @checkpoint ORDER BY at, n LIMIT @limit`,
  )
  const ofUser = db.prepare<[string, Position], Row>(
    `${TOLD} FROM change ${OF_CHANGE} WHERE change.user_id = ? AND at <= ?`,
  )
  // Of all who are in doubt and stand before a place, those behind n: a doubt that comes up meanwhile is the last that changed.
  const doubted = db.prepare<[Range], Row>(
    `${TOLD} FROM change INDEXED BY change_in_doubt ${OF_CHANGE} WHERE in_doubt AND n > @n AND at < @at ORDER BY n LIMIT @limit`,
  )
  const newest = db.prepare<[Position, number], Row>(
    `${TOLD} FROM change ${OF_CHANGE} WHERE at <= ? ORDER BY at DESC, n DESC LIMIT ?`,
  )
  const lastTold = db.prepare<[Position], number | null>('SELECT max(n) FROM change WHERE at = ?').pluck()
  const firstUntold = db.prepare<[Position], Position | null>('SELECT min(begins) FROM change WHERE at > ?').pluck()

  /** Where somebody goes on who has been told up to `after`; `null` where that is of another log. */
  const placeOf = (after: string | null, origin: Feed): ChangeId | null => {
    const read = after === null ? ({ _tag: 'Others', whole: '' } as const) : readChangeId(after, origin)
    if (read._tag === 'Own') return read
    if (read._tag === 'Others') return { at: read.whole, n: BEFORE_ALL, whole: read.whole }
    const isOther = read._tag === 'Foreign' || read.position.length !== (origin.checkpoint ?? read.position).length
    // There it may have become another thing since, by what is not in the log.
    return isOther ? null : { at: read.position, n: BEFORE_ALL, whole: read.position }
  }

  const told = (
    origin: Feed,
    id: ChangeId,
    { userId, at, n, status, since, nextReviewDate, erasedAt }: Row,
  ): ToldChange => ({
    id: writeChangeId(origin, id),
    userId,
    status: status ?? 'erased',
    since: status === null ? erasedAt : since === null ? null : formatMilliseconds(since),
    nextReviewDate,
    position: at,
    key: `${origin.made}.${n}`,
  })

  const pageOf = (origin: Feed, { at, n, whole }: ChangeId, limit: number): readonly ToldChange[] => {
    const checkpoint = origin.checkpoint ?? ''
    const first = n < 0 ? doubted.all({ at, n: n === BEFORE_ALL ? 0 : -n, limit }) : []
    const room = limit - first.length
    const rows = behind.all({ at, n: Math.max(n, 0), limit: room + 1, checkpoint })
    const page = rows.slice(0, room)
    const wholes = rows.length > room ? [] : wholesOf(page, whole, firstUntold.get(checkpoint) ?? null)
    return [
      ...first.map((row) => told(origin, { at, n: -row.n, whole }, row)),
      ...page.map((row, index) => told(origin, { at: row.at, n: row.n, whole: wholes[index] ?? whole }, row)),
    ]
  }

  /** By what is told; nothing where another version tells it. */
  const byOwnMeaning = <A>(tell: (origin: Feed) => E.Either<NoChanges, A>): E.Either<NoChanges, A> => {
    const origin = feed.get(KYC_STATUS.name)
    return origin === undefined || origin.meaning !== KYC_STATUS.version ? E.left('other-meaning') : tell(origin)
  }
  const read = db.transaction((after: string | null, limit: number) =>
    byOwnMeaning((origin) => {
      const place = placeOf(after, origin)
      return place === null ? E.left<NoChanges>('foreign-id') : E.right(pageOf(origin, place, limit))
    }),
  )
  /** Out of its order it says nothing of what was told before. */
  const alone = (origin: Feed, row: Row): ToldChange => told(origin, { at: row.at, n: row.n, whole: '' }, row)
  const readOf = db.transaction((userId: UserId) =>
    byOwnMeaning((origin) => {
      const row = ofUser.get(userId, origin.checkpoint ?? '')
      return E.right(row === undefined ? null : alone(origin, row))
    }),
  )
  const readEnd = db.transaction(() =>
    byOwnMeaning((origin) => {
      const at = origin.checkpoint
      if (at === null) return E.right(null)
      const untold = firstUntold.get(at) ?? null
      const whole = untold === null || at < untold ? at : untold
      return E.right(writeChangeId(origin, { at, n: lastTold.get(at) ?? 0, whole }))
    }),
  )
  const readNewest = db.transaction((limit: number) =>
    byOwnMeaning((origin) => E.right(newest.all(origin.checkpoint ?? '', limit).map((row) => alone(origin, row)))),
  )
  return { changes: read, changesEnd: readEnd, changeOf: readOf, newestChanges: readNewest }
}
