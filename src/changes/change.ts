import * as E from 'fp-ts/lib/Either.js'
import type { Status } from '../../domain/answer/status.ts'
import type { UserId } from '../../domain/identifiers.ts'
import type { Position } from '../eventStore/recordedEvent.ts'
import type { NoChanges as NotTold, ToldChange } from '../readModel/database/changeReader.ts'
import type { ReadModel } from '../readModel/readModel.ts'

/** What is told of a user when that becomes another thing. No person: an id, a word and times. */
export interface Change {
  /** Opaque. Whoever was told this, and comes again with it, to whichever node, is told all that he does not know yet. */
  readonly id: string
  readonly userId: UserId
  readonly status: Status | 'erased'
  readonly verified: boolean
  /** RFC 3339, UTC: since when he has had the status; `null` where that is not certain. */
  readonly since: string | null
  /** The answer about him is this one at that position of the log (`minPosition`). */
  readonly position: Position
}

/** Why no changes are told now: the read model is behind, or what `NotTold` says. */
export type NoChanges = NotTold | 'read-model-behind'

/** Changes of what is told of users: at least the last one of each, in the order in which they are told. */
export interface Changes {
  /** Those behind `after`, an id or a position (default: all), at most `limit`; none: whoever asks knows all that is known now. */
  readonly read: (after: string | null, limit: number) => E.Either<NoChanges, readonly Change[]>
  /** Resolves when there may be more, or when `signal` is aborted. To be called in the same turn as the `read` that gave none. */
  readonly moved: (signal: AbortSignal) => Promise<void>
}

/** What a read model tells of a user, as it is told. */
export const changeOf = ({ id, userId, status, since, position }: ToldChange): Change => ({
  id,
  userId,
  status,
  verified: status === 'validated',
  since,
  position,
})

/** The changes that a read model knows of. */
export const changesOf = (readModel: Pick<ReadModel, 'reader' | 'hasCaughtUp' | 'moved'>): Changes => ({
  read: (after, limit) => {
    const reader = readModel.reader()
    if (reader === null || !readModel.hasCaughtUp()) return E.left('read-model-behind')
    return E.map((told: readonly ToldChange[]) => told.map(changeOf))(reader.changes(after, limit))
  },
  moved: readModel.moved,
})
