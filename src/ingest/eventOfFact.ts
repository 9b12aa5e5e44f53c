import type { Dating } from '../../domain/event/dating.ts'
import { factName } from '../../domain/event/identity.ts'
import { type EventMetadata, METADATA_FORMAT, type Whole } from '../../domain/event/metadata.ts'
import { metadataText } from '../../domain/event/metadataText.ts'
import { type Instant, later } from '../../domain/instant.ts'
import type { NewEvent } from '../eventStore/recordedEvent.ts'
import { eventIdOf } from '../ledger/eventId.ts'
import type { Fact } from './fact.ts'
import type { StreamHead } from './streamHead.ts'

/** When a fact was received, and when it is recorded. */
type Receipt = Pick<Dating, 'receivedAt'> & Pick<EventMetadata, 'recordedAt'>

/**
 * When a fact was received and recorded: never before the last event of its stream was. Only one that was refused at first
 * was received earlier: nothing else is known of its receipt but what was noted then.
 */
export const receiptOf = (
  { metadata, resubmitted }: Fact,
  { recordedAt: last }: StreamHead,
  time: Instant,
): Receipt => {
  const recordedAt = later(time, last) ?? time
  const received = resubmitted ? metadata.receivedAt : (later(metadata.receivedAt, last) ?? metadata.receivedAt)
  return { receivedAt: Math.min(received, recordedAt) as Instant, recordedAt }
}

/**
 * The event that a fact becomes. An echo has the id of its fact and of how many events `before` it hold the same payload.
 * `salt` is no part of the id: the same fact has the same one wherever it is appended. `whole`: where that stands of which it
 * is a part.
 */
export const eventOf = (
  { type, data, metadata: known }: Fact,
  { receivedAt, recordedAt }: Receipt,
  echoOf: number | null,
  before: number,
  salt: string,
  whole: Whole | null = null,
): NewEvent => {
  const metadata: EventMetadata = { ...known, format: METADATA_FORMAT, receivedAt, recordedAt, echoOf, salt, whole }
  const eventId = eventIdOf(factName(metadata, metadata.userId, echoOf === null ? null : before))
  return { eventId, type, data, metadata: metadataText(metadata) }
}
