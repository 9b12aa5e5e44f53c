import type { EventMetadata } from '../../domain/event/metadata.ts'
import type { StreamName } from '../eventStore/recordedEvent.ts'

/** A verified webhook on its way into one stream: everything of its metadata but what is settled at append. */
export interface Fact {
  readonly stream: StreamName
  readonly type: string
  /** JSON text of the webhook as received. */
  readonly data: string
  readonly metadata: Omit<EventMetadata, 'format' | 'recordedAt' | 'echoOf' | 'salt'>
  /** It was refused when it was received, and is submitted again. */
  readonly resubmitted: boolean
}

export const isOfNobody = ({ metadata }: Fact): boolean => metadata.userId === null

/** Whether it names a user and cannot be read by this version. */
export const isUnread = ({ metadata }: Fact): boolean => metadata.userId !== null && metadata.family === null
