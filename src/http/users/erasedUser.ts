import type { Response } from 'express'
import type { UserId } from '../../../domain/identifiers.ts'
import { formatMilliseconds } from '../../../domain/instant.ts'
import { isStoreUnreachable, NOTHING_LEFT, streamUnreadable } from '../../eventStore/readFailure.ts'
import type { RecordedEvent } from '../../eventStore/recordedEvent.ts'
import { ERASURES } from '../../ledger/streams.ts'
import type { ErasedRow } from '../../readModel/database/erasedTables.ts'
import { problem } from '../problem.ts'
import { LONGEST_WAIT_MS, type Sources } from './sources.ts'

export type ErasureSources = Pick<Sources, 'recorded' | 'readModel' | 'erased' | 'proofOf'>

/** When he was erased, by which record, and that it stands in the log; neither who he was nor why. */
const tell = async ({ recorded, proofOf }: ErasureSources, res: Response, row: ErasedRow): Promise<void> => {
  const { erasedAt, erasure, revision } = row
  const [event] = await Array.fromAsync(recorded.readStream(ERASURES, { from: revision, limit: 1 }))
  const record = { stream: ERASURES, revision, eventId: event?.eventId ?? null, position: event?.position ?? null }
  const proof = event === undefined ? null : proofOf(event)
  problem(res, 'user-erased', `the records of this user were erased at ${erasedAt}`, {
    erasedAt,
    erasure,
    record,
    proof,
  })
}

const heard = ({ erased }: ErasureSources, userId: UserId): ErasedRow | null => {
  const user = erased.users.get(userId)
  return user === undefined ? null : { ...user, erasedAt: formatMilliseconds(user.erasedAt) }
}

/** Answers 410 where the user was erased; `false`, and nothing is answered, where he was not. */
export const answeredErased = async (sources: ErasureSources, res: Response, userId: UserId): Promise<boolean> => {
  const row = heard(sources, userId) ?? sources.readModel.reader()?.erasedUser(userId) ?? null
  if (row === null) return false
  await tell(sources, res, row)
  return true
}

/**
 * Whether somebody still waits for an answer about a user: asked after whatever took its time, and before anything of him is sent. Throws
 * once this node has heard that he was erased, as a read does of a stream that is gone: an answer that was begun before tells no more of
 * him.
 */
export const isAwaited =
  ({ erased }: Pick<Sources, 'erased'>, res: Response, userId: UserId) =>
  (): boolean => {
    if (erased.users.has(userId)) throw streamUnreadable(NOTHING_LEFT)
    return !res.closed
  }

/** What cannot be read says nothing of him: then it stays with what his stream shows. */
const lastRecord = async ({ recorded }: ErasureSources): Promise<RecordedEvent | null> => {
  const last = recorded.readStream(ERASURES, { direction: 'backwards', limit: 1 })
  try {
    return (await Array.fromAsync(last))[0] ?? null
  } catch (error) {
    if (isStoreUnreachable(error)) throw error
    return null
  }
}

/** The same of a user whose stream shows less than it did: once the read model holds all that the log says of erasures. */
export const answeredErasedSince = async (sources: ErasureSources, res: Response, userId: UserId): Promise<boolean> => {
  const event = await lastRecord(sources)
  if (event === null || !(await sources.readModel.reached(event.position, LONGEST_WAIT_MS))) return false
  return answeredErased(sources, res, userId)
}
