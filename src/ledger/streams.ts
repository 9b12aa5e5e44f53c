import { streamOf, UNATTRIBUTED } from '../../domain/event/stream.ts'
import { isUserId, type UserId } from '../../domain/identifiers.ts'
import type { StreamName } from '../eventStore/recordedEvent.ts'

export { streamOf, UNATTRIBUTED }

const PREFIX = 'kyc-'

/** What this service records about the log itself; its first event gives the log its identity. */
export const KYC_LOG: StreamName = `${PREFIX}log`

/** Signed heads of the log's tree; its events are no leaves of that tree. */
export const SEALS: StreamName = `${PREFIX}seals`

/** Who read what of persons' data, each time before it was given. */
export const ACCESSES: StreamName = `${PREFIX}access`

/** Legal holds: placed and lifted by hand. */
export const HOLDS: StreamName = `${PREFIX}holds`

/** What was erased, by whom and by which rule, and the leaves of it. */
export const ERASURES: StreamName = `${PREFIX}erasures`

/** Which node reconciles, and how far it has come: one at a time. */
export const RECONCILIATION: StreamName = `${PREFIX}reconciliation`

/** A webhook that speaks of several users, whole; the id is that of its event taken without a user. */
export const sharedStream = (eventId: string): StreamName => `${PREFIX}shared-${eventId}`

/** The user whose stream this is; `null` for any other. */
export const userOfStream = (stream: StreamName): UserId | null => {
  const id = stream.startsWith(PREFIX) ? stream.slice(PREFIX.length) : ''
  return isUserId(id) ? id : null
}

const SHARED = sharedStream('')

/** Whether webhooks that speak of several users stand there whole: of none of them alone does it say anything. */
export const isShared = (stream: StreamName): boolean => stream.startsWith(SHARED)
