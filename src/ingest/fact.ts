import type { EventMetadata } from '../../domain/event/metadata.ts'
import type { UserId } from '../../domain/identifiers.ts'
import type { StreamName } from '../eventStore/recordedEvent.ts'

/** A verified webhook on its way into one stream: everything of its metadata but what is settled at append. */
export interface Fact {
  readonly stream: StreamName
  readonly type: string
  /** JSON text of the webhook as received; of one that speaks of several users, with this one's part of the payload. */
  readonly data: string
  readonly metadata: Omit<EventMetadata, 'format' | 'recordedAt' | 'echoOf' | 'salt' | 'whole'>
  /** It was refused when it was received, and is submitted again. */
  readonly resubmitted: boolean
  /** The webhook of which it is a part, one for all its parts; `null` where it is all of it, and where no whole is kept. */
  readonly whole: WholeFact | null
}

/** A webhook that speaks of several users, whole. */
export interface WholeFact extends Fact {
  readonly users: readonly UserId[]
}

/** Whether it names a user and cannot be read by this version. */
export const isUnread = ({ metadata }: Fact): boolean => metadata.userId !== null && metadata.family === null
