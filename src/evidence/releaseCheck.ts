import * as E from 'fp-ts/lib/Either.js'
import { readUserEvent } from '../../domain/event/kycEvent.ts'
import { decodeMetadata } from '../../domain/event/metadataText.ts'
import { type NamedEvent, OBSERVED, type Own, RELEASE_REQUESTED, RELEASED } from '../../domain/event/ownEvent.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import { isStreamUnreadable } from '../eventStore/readFailure.ts'
import type { RecordedEvent, Revision, StreamName } from '../eventStore/recordedEvent.ts'
import type { Erased } from '../ledger/erased.ts'
import { isMissingEvent } from '../ledger/missingEvent.ts'
import { isOwnEvent } from '../ledger/ownEvent.ts'
import { UNATTRIBUTED } from '../ledger/streams.ts'

/** What this service says in an event of its own; `null` of any other, and of one that cannot be read. */
const saidIn = (event: RecordedEvent): Own | null => {
  const read = isOwnEvent(event) ? readUserEvent(event) : null
  return read !== null && E.isRight(read) && read.right._tag === 'Own' ? read.right.says : null
}

const isOfRelease = ({ type }: RecordedEvent): boolean => type === RELEASED || type === RELEASE_REQUESTED

const isSame = (a: NamedEvent, b: NamedEvent): boolean =>
  a.stream === b.stream && a.revision === b.revision && a.eventId === b.eventId && a.payloadHash === b.payloadHash

/**
 * Looks at each release, and each request of one, against what it names in the log: what is wrong, in words. That it is void, since something else came
 * in between, is no fault. What was erased, or is missing, is told elsewhere.
 */
export const checkReleases = (
  { readStream }: Pick<EventStore, 'readStream'>,
  erased: Erased,
): ((event: RecordedEvent) => Promise<readonly string[]>) => {
  /** Backwards from just before a revision. Ends where the stream cannot be read. */
  async function* before(stream: StreamName, revision: Revision): AsyncGenerator<RecordedEvent> {
    if (revision <= 0) return
    try {
      yield* readStream(stream, { direction: 'backwards', from: revision - 1 })
    } catch (error) {
      if (!isStreamUnreadable(error)) throw error
    }
  }
  const eventAt = async (stream: StreamName, revision: Revision): Promise<RecordedEvent | null> => {
    for await (const event of before(stream, revision + 1)) return event.revision === revision ? event : null
    return null
  }

  const isThere = async (named: NamedEvent, { stream, position }: RecordedEvent): Promise<boolean> => {
    if (erased.has(named)) return true
    if (named.stream !== stream && named.stream !== UNATTRIBUTED) return false
    const event = await eventAt(named.stream, named.revision)
    if (event === null || isMissingEvent(event)) return event !== null
    const { eventId, payloadHash } = named
    const recorded = decodeMetadata(event.metadata)?.payloadHash
    return event.position < position && event.eventId === eventId && recorded === payloadHash
  }
  const isObserved = async ({ stream, revision }: RecordedEvent, eventId: string): Promise<boolean> => {
    for await (const event of before(stream, revision)) {
      if (event.eventId === eventId) return isMissingEvent(event) || saidIn(event)?.type === OBSERVED
    }
    return false
  }
  const isRequested = async (
    { stream, revision }: RecordedEvent,
    request: Revision,
    by: string,
    releases: NamedEvent,
  ): Promise<boolean> => {
    const event = request < revision ? await eventAt(stream, request) : null
    if (event === null || isMissingEvent(event)) return event !== null
    const said = saidIn(event)
    return said?.type === RELEASE_REQUESTED && said.data.by === by && isSame(said.data.releases, releases)
  }

  return async (event) => {
    const said = isOfRelease(event) ? saidIn(event) : null
    if (said === null || said.type === OBSERVED) return []
    const { releases } = said.data
    const wrong = (await isThere(releases, event)) ? [] : ['what it names to be released does not stand where it says']
    if (said.type !== RELEASED) return wrong
    const { on } = said.data
    if ('observation' in on) {
      return (await isObserved(event, on.observation))
        ? wrong
        : [...wrong, 'the answer that it rests on does not stand before it']
    }
    if (!(await isRequested(event, on.request, on.requestedBy, releases))) {
      wrong.push('it was not requested where it says, or by somebody else, or of something else')
    }
    if (on.requestedBy === on.confirmedBy) wrong.push('whoever requested the release has confirmed it himself')
    return wrong
  }
}
