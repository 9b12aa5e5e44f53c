import { setTimeout as delay } from 'node:timers/promises'
import * as E from 'fp-ts/lib/Either.js'
import { readTimes } from '../../domain/answer/question.ts'
import { type Status, statusOf } from '../../domain/answer/status.ts'
import type { NamedEvent } from '../../domain/event/ownEvent.ts'
import type { ReceiptCorrection } from '../../domain/event/receiptCorrection.ts'
import type { UserId } from '../../domain/identifiers.ts'
import { type Instant, later } from '../../domain/instant.ts'
import { fold } from '../../domain/state/fold.ts'
import { confirmed } from '../../domain/state/heldBack.ts'
import { isHeard, type KycState } from '../../domain/state/kycState.ts'
import { isNews } from '../../domain/state/observed.ts'
import type { Clock } from '../clock/clock.ts'
import type { ClockFault } from '../clock/nodeClock.ts'
import { reasonOf } from '../eventStore/appendOutcome.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import { isNotAsSealed, isStoreDamaged, isStoreUnreachable, isStreamUnreadable } from '../eventStore/readFailure.ts'
import type { NewEvent, Position, RecordedEvent, Revision } from '../eventStore/recordedEvent.ts'
import { streamOf } from '../ledger/streams.ts'
import { failureInWords, type ProviderFailure } from '../provider/failure.ts'
import type { ProvidedUser } from '../provider/provided.ts'
import type { Provider } from '../provider/provider.ts'
import { readOrphans, readOwnEvents, type UserEvents } from '../readModel/userEvents.ts'
import { decide, observationOf } from './decide.ts'

/** Who knows of a user: the log where a webhook spoke of him. That he was asked about before shows nothing: it may have been another provider. */
export type KnownBy = 'both' | 'log' | 'provider' | 'nobody'

/** What came of asking the provider about a user. */
export type Compared =
  /** It says what is known. */
  | { readonly _tag: 'Same'; readonly knownBy: KnownBy }
  | Recorded
  /** His records were erased: nothing is kept of him. */
  | { readonly _tag: 'Erased' }
  /** The provider does not know him, and by what it said of others it may not be the right one. */
  | { readonly _tag: 'NotKnownThere' }
  /** It would take his verification away, as it has from too many. */
  | { readonly _tag: 'StaysVerified' }
  /** `ends`: it would be so of anybody else, too. */
  | { readonly _tag: 'NotCompared'; readonly reason: string; readonly ends: boolean }

/** Something was recorded, or would be. */
export interface Recorded {
  readonly _tag: 'Recorded'
  readonly userId: UserId
  readonly knownBy: KnownBy
  /** What the answer comes to by itself. */
  readonly answer: Status
  /** The user's status before it, and with it. */
  readonly before: Status
  readonly after: Status
  /** Where what was observed stands, and the position of the last event that was appended; `null`: nothing is recorded in a dry run. */
  readonly observed: { readonly revision: Revision; readonly eventId: string; readonly position: Position } | null
  /** He was verified before it, and is not with it. */
  readonly isLosing: boolean
  /** What was held back and counts now. */
  readonly released: NamedEvent | null
}

/** What users are compared with. */
export interface Comparing {
  /** As it may be believed. */
  readonly store: EventStore
  /** Revisions of what he hears of the unattributed stream. */
  readonly orphansOf: (userId: UserId) => readonly Revision[]
  readonly provider: Pick<Provider, 'user' | 'documentsOf'>
  readonly now: Clock
  readonly clockFault: () => ClockFault | null
  readonly corrections: () => readonly ReceiptCorrection[]
  readonly isErased: (userId: UserId) => boolean
  /** Hears what the log says of erasures by now. */
  readonly lookForErasures: () => Promise<void>
}

interface How {
  readonly withDocuments: boolean
  readonly dryRun: boolean
  readonly signal: AbortSignal
  /** Whether it may be recorded that the provider does not know him. */
  readonly mayBeGone: () => boolean
  /** Whether it may take away somebody's verification. */
  readonly mayLose: () => boolean
}

/** So many other writers in a row may be faster. */
const TRIES = 5
/** What another writer has just appended a server may show a moment later. */
const AGAIN_MS = 50

const KNOWN_BY = {
  here: { there: 'both', notThere: 'log' },
  notHere: { there: 'provider', notThere: 'nobody' },
} as const

const ERASED: Compared = { _tag: 'Erased' }
const notCompared = (reason: string, ends = false): Compared => ({ _tag: 'NotCompared', reason, ends })

const FOR_ALL: ReadonlySet<ProviderFailure['_tag']> = new Set(['NoCredentials', 'Refused', 'Busy', 'Aborted'])
const unanswered = (failure: ProviderFailure): Compared =>
  notCompared(failureInWords(failure), FOR_ALL.has(failure._tag))

/** Nothing of what an event says. */
const whyUnread = (error: unknown): string => {
  const isOfStore = [isStoreUnreachable, isStreamUnreadable, isStoreDamaged, isNotAsSealed].some((is) => is(error))
  return isOfStore && error instanceof Error ? error.message : 'his events cannot be read or folded'
}

/** What a page says of a user: what is known, nothing of one of whom nothing was ever heard, something else, or of one whose records were erased. */
export type Screened = 'same' | 'unheard' | 'differs' | 'erased'

/** Holds what the provider says of users against what is known of them, and records what is new. */
export interface CompareUsers {
  /** Asks the provider about one of them. */
  readonly ask: (userId: UserId, how: How) => Promise<Compared>
  /** Whether he has to be asked about, by what a page of users said of him some time ago. */
  readonly screen: (userId: UserId, shown: Pick<ProvidedUser, 'user'>) => Promise<Screened>
}

/**
 * An observation is recorded behind what was known of the user before the provider was asked, and nowhere else: where his stream has grown
 * meanwhile, the answer may be older than what came, and the provider is asked again.
 */
export const comparingUsers = (sources: Comparing): CompareUsers => {
  const { store, provider, now, clockFault, corrections, isErased } = sources
  const eventsOf = async (userId: UserId): Promise<UserEvents> => ({
    own: await readOwnEvents(store, userId),
    orphans: await readOrphans(store, sources.orphansOf(userId)),
  })
  const foldOf = (userId: UserId, { own, orphans }: UserEvents): KycState =>
    fold(userId, own, orphans, { corrections: corrections() })

  const documentsOf = async (userId: UserId, { withDocuments, signal }: How) =>
    withDocuments ? provider.documentsOf(userId, signal)() : E.right(null)

  /** Never earlier than anything that is known of him, as that counts: another node's clock may be ahead. */
  const timeBehind = ({ own, orphans }: UserEvents): Instant => {
    const times = readTimes(corrections())
    return [...own, ...orphans].reduce<Instant>(
      (latest, event) => later(latest, times(event)?.recordedAt ?? null) ?? latest,
      now(),
    )
  }

  /** `null`: the stream has grown since it was read. */
  const append = async (
    userId: UserId,
    own: readonly RecordedEvent[],
    events: readonly NewEvent[],
  ): Promise<
    Compared | { readonly _tag: 'Appended'; readonly first: Revision; readonly position: Position } | null
  > => {
    const fault = clockFault()
    if (fault !== null) return notCompared(fault.reason, true)
    const appended = await store.append(streamOf(userId), own.at(-1)?.revision ?? 'no-stream', events)()
    if (E.isRight(appended)) {
      const { revision, position } = appended.right
      return { _tag: 'Appended', first: revision - events.length + 1, position }
    }
    if (appended.left._tag === 'WrongExpectedVersion') return null
    if (appended.left._tag !== 'StreamErased') return notCompared(reasonOf(appended.left))
    await sources.lookForErasures()
    return isErased(userId) ? ERASED : notCompared(reasonOf(appended.left))
  }

  const askOnce = async (userId: UserId, how: How): Promise<Compared | null> => {
    const known = await eventsOf(userId)
    const provided = await provider.user(userId, how.signal)()
    if (E.isLeft(provided)) return unanswered(provided.left)
    const documents = provided.right === null ? E.right(null) : await documentsOf(userId, how)
    if (E.isLeft(documents)) return unanswered(documents.left)
    const state = foldOf(userId, known)
    const observation = observationOf(provided.right, documents.right)
    const decided = decide(userId, known, state, observation, timeBehind(known), corrections())
    const knownBy = KNOWN_BY[isHeard(state) ? 'here' : 'notHere'][observation.user === null ? 'notThere' : 'there']
    if (decided === null) return { _tag: 'Same', knownBy }
    if (knownBy === 'log' && !how.mayBeGone()) return { _tag: 'NotKnownThere' }
    const { events, released, answer, after } = decided
    const before = statusOf(state)
    const isLosing = before === 'validated' && after !== 'validated'
    if (isLosing && !how.mayLose()) return { _tag: 'StaysVerified' }
    const told = { _tag: 'Recorded', userId, knownBy, answer, before, after, isLosing, released } as const
    if (how.dryRun) return { ...told, observed: null }
    const appended = await append(userId, known.own, events)
    if (appended === null || appended._tag !== 'Appended') return appended
    const { first: revision, position } = appended
    return { ...told, observed: { revision, eventId: events[0]?.eventId ?? '', position } }
  }

  const askAgain = async (userId: UserId, how: How): Promise<Compared> => {
    for (let tries = 0; tries < TRIES; tries += 1) {
      if (isErased(userId)) return ERASED
      if (tries > 0) await delay(AGAIN_MS * tries)
      const compared = await askOnce(userId, how)
      if (compared !== null) return compared
    }
    return notCompared('his events come without a pause')
  }

  return {
    screen: async (userId, shown) => {
      if (isErased(userId)) return 'erased'
      try {
        const state = foldOf(userId, await eventsOf(userId))
        const observation = observationOf(shown, null)
        if (isNews(state, observation) || confirmed(state, observation) !== null) return 'differs'
        return isHeard(state) ? 'same' : 'unheard'
      } catch {
        // Why is told of whoever is asked about.
        return 'differs'
      }
    },
    ask: (userId, how) => askAgain(userId, how).catch((error: unknown) => notCompared(whyUnread(error))),
  }
}
