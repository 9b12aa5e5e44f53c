import { isUserId, type UserId } from '../../domain/identifiers.ts'
import type { Instant } from '../../domain/instant.ts'
import type { NewEvent, RecordedEvent } from '../eventStore/recordedEvent.ts'
import { OWN_TYPES, ownEvent, readOwnEvent } from './ownEvent.ts'
import { ACCESSES } from './streams.ts'

const TYPE = `${OWN_TYPES}access`

/** What can be read of persons' data: events of a user, events of nobody, the whole log, a user's evidence, who looked. */
export const ACCESS_KINDS = ['user-events', 'unattributed-events', 'log', 'evidence', 'accesses'] as const
export type AccessKind = (typeof ACCESS_KINDS)[number]

/** That somebody read persons' data; nothing of what he read. */
export interface Access {
  /** The name of the API key, which is not the key; `null` where reads were open. */
  readonly key: string | null
  readonly read: AccessKind
  /** Whose data; `null` where it is those of more than one user, or of nobody known. */
  readonly userId: UserId | null
}

export const accessEvent = (eventId: string, { key, read, userId }: Access, recordedAt: Instant): NewEvent =>
  ownEvent(eventId, { type: TYPE, data: { key, read, userId }, recordedAt })

/** Reads one back; `null` where it is none, or cannot be read. */
export const readAccessEvent = (event: RecordedEvent): (Access & { readonly recordedAt: Instant }) | null => {
  const own = event.stream === ACCESSES ? readOwnEvent(event) : null
  if (own?.type !== TYPE) return null
  const { key, userId } = own.data
  const read = ACCESS_KINDS.find((kind) => kind === own.data['read'])
  if (read === undefined || !(key === null || typeof key === 'string')) return null
  if (!(userId === null || (typeof userId === 'string' && isUserId(userId)))) return null
  return { key, read, userId, recordedAt: own.recordedAt }
}
