import type { ResolvedEvent } from '@eventstore/db-client'
import type { Position, RecordedEvent, StreamName } from '../../recordedEvent.ts'
import { positionOf } from '../stored/position.ts'
import { revisionOf } from '../stored/revision.ts'
import { asRecorded } from '../stored/storedEvent.ts'
import { METADATA_OF, type StreamNames } from '../stored/streamNames.ts'

/** What comes out of a read or a subscription, in its order. */
export type Arrival =
  | { readonly _tag: 'Event'; readonly event: RecordedEvent }
  /** The stream was deleted, or its metadata was written: it may show less than before, or more again. */
  | { readonly _tag: 'Altered'; readonly stream: StreamName; readonly position: Position }
  /** Everything up to here has been looked at; nothing since the last event was ours. */
  | { readonly _tag: 'Checkpoint'; readonly position: Position }
  | { readonly _tag: 'CaughtUp' }
  | { readonly _tag: 'FellBehind' }

/** What an event of the server's own or of this service says; `null` of any other. */
export const arrivalOf = (event: NonNullable<ResolvedEvent['event']>, names: StreamNames): Arrival | null => {
  const { streamId } = event
  const position = positionOf(event.position ?? { commit: 0n, prepare: 0n })
  if (streamId.startsWith(names.metadataPrefix)) {
    return { _tag: 'Altered', stream: names.named(streamId.slice(METADATA_OF.length)), position }
  }
  if (!streamId.startsWith(names.prefix)) return null
  // A tombstone stands at a revision that is none.
  if (revisionOf(event.revision) === null) return { _tag: 'Altered', stream: names.named(streamId), position }
  return { _tag: 'Event', event: asRecorded(event, names) }
}
