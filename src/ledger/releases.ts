import { randomUUID } from 'node:crypto'
import * as E from 'fp-ts/lib/Either.js'
import type { UserEvent } from '../../domain/event/kycEvent.ts'
import { type NamedEvent, RELEASE_REQUESTED, RELEASED, type ReleaseRequest } from '../../domain/event/ownEvent.ts'
import type { Instant } from '../../domain/instant.ts'
import type { KycState } from '../../domain/state/kycState.ts'
import type { NewEvent, Position, Revision } from '../eventStore/recordedEvent.ts'
import { releasedEvent } from './observations.ts'
import { ownEvent } from './ownEvent.ts'
import type { StreamStanding } from './recordOwn.ts'

/** Which event somebody means: by its id, or by its place. */
export type MeantEvent = { readonly eventId: string } | { readonly stream: string; readonly revision: Revision }

/** A release: somebody has asked for it, or the provider has confirmed what is released when it was asked. */
export interface Release {
  /** Its number: the revision of its request in the user's stream; `null` for one that rests on an observation. */
  readonly release: Revision | null
  readonly releases: NamedEvent
  readonly request: { readonly by: string; readonly reason: string; readonly at: Instant } | null
  readonly released: {
    readonly at: Instant
    readonly eventId: string
    readonly by: string | null
    /** The event id of the observation that it rests on. */
    readonly observation: string | null
  } | null
  /** Why it has, or would have, no effect; for a person. */
  readonly why: string | null
}

/** What the log holds of a user when a step is decided. */
export interface KnownOfUser extends StreamStanding {
  /** Of the last event of his own stream; `null` where it holds none. */
  readonly position: Position | null
  /** Of his own stream, in the order of arrival, as far as they can be read. */
  readonly events: readonly UserEvent[]
  readonly state: KycState
  /** The state with one event more, behind the last of the stream. */
  readonly stateWith: (event: NewEvent) => KycState
}

/** Why a step is not taken; `reason` is a sentence. */
export type StepRefused =
  | { readonly _tag: 'UnknownUser' }
  | { readonly _tag: 'Unknown' }
  | { readonly _tag: 'SamePerson' }
  | { readonly _tag: 'Confirmed' }
  | { readonly _tag: 'NotHeldBack'; readonly reason: string }
  /** Somebody has asked for it before in the same words: nothing is to be recorded. */
  | { readonly _tag: 'AskedBefore'; readonly known: KnownOfUser; readonly release: Release }

/** A step as it is to be recorded, the release by it, and how the user stands then. */
export interface Step {
  readonly event: NewEvent
  readonly release: Release
  readonly state: KycState
}

const isNamed = (meant: MeantEvent, { stream, revision, eventId }: NamedEvent): boolean =>
  'eventId' in meant ? meant.eventId === eventId : meant.stream === stream && meant.revision === revision

const isSame = (a: NamedEvent, b: NamedEvent): boolean =>
  a.eventId === b.eventId && a.stream === b.stream && a.revision === b.revision && a.payloadHash === b.payloadHash

/** Why a release that was recorded is not followed, as things stand. */
const voidOf = ({ anomalies }: KycState, eventId: string): string | null =>
  anomalies.find((one) => one.kind === 'release-void' && one.eventId === eventId)?.detail ?? null

const NO_MORE =
  'what it asks for is not held back any more: it was released, or a refusal, a closure or a contradiction came since'

const requested = (
  { heldBack }: KycState,
  release: Revision,
  { by, reason, releases }: ReleaseRequest,
  at: Instant,
): Release => ({
  release,
  releases,
  request: { by, reason, at },
  released: null,
  why: heldBack.some((one) => isSame(one, releases) && one.requests.some(({ revision }) => revision === release))
    ? null
    : NO_MORE,
})

/** The releases of a user in the order in which they were asked for, or came by themselves. */
export const releasesOf = ({ events, state }: Pick<KnownOfUser, 'events' | 'state'>): readonly Release[] => {
  const releases: Release[] = []
  for (const event of events) {
    if (event._tag !== 'Own') continue
    const { says, revision, eventId, recordedAt: at } = event
    if (says.type === RELEASE_REQUESTED) releases.push(requested(state, revision, says.data, at))
    if (says.type !== RELEASED) continue
    const { on, releases: named } = says.data
    const why = voidOf(state, eventId)
    if ('observation' in on) {
      const released = { at, eventId, by: null, observation: on.observation }
      releases.push({ release: null, releases: named, request: null, released, why })
      continue
    }
    const released = { at, eventId, by: on.confirmedBy, observation: null }
    const of = releases.findIndex(({ release }) => release === on.request)
    const before = releases[of] ?? { release: on.request, releases: named, request: null }
    releases.splice(of === -1 ? releases.length : of, 1, { ...before, released, why })
  }
  return releases
}

const notHeldBack = (reason: string): E.Either<StepRefused, never> => E.left({ _tag: 'NotHeldBack', reason })

/** So often one event is asked for: each request stands in the user's stream for ever, and is folded with it. */
export const MOST_REQUESTS = 100

/** Somebody asks for a release, in the name of his key. */
export interface AskedRelease {
  readonly event: MeantEvent
  readonly by: string
  readonly reason: string
}

/** The request of a release, recorded `at`. */
export const requestRelease = (
  known: KnownOfUser,
  { event: meant, by, reason }: AskedRelease,
  at: Instant,
): E.Either<StepRefused, Step> => {
  const { state, revision } = known
  if (state.events === 0) return E.left({ _tag: 'UnknownUser' })
  if (state.heldBack.length === 0) return notHeldBack('nothing of this user is held back')
  const held = state.heldBack.findLast((one) => isNamed(meant, one))
  if (held === undefined) return notHeldBack('the event that is named is none of those of this user that are held back')
  const before = releasesOf(known).find(
    ({ releases, request, released }) =>
      released === null && isSame(releases, held) && request?.by === by && request.reason === reason,
  )
  if (before !== undefined) return E.left({ _tag: 'AskedBefore', known, release: before })
  if (held.requests.length >= MOST_REQUESTS)
    return notHeldBack(`its release was asked for ${MOST_REQUESTS} times: one of those requests is to be confirmed`)
  const { stream, revision: of, eventId, payloadHash } = held
  const data: ReleaseRequest = { releases: { stream, revision: of, eventId, payloadHash }, by, reason }
  const event = ownEvent(randomUUID(), { type: RELEASE_REQUESTED, data: { ...data }, recordedAt: at })
  const after = known.stateWith(event)
  return E.right({ event, release: requested(after, revision + 1, data, at), state: after })
}

/** The confirmation of the request at this revision, recorded `at`: judged by the fold itself, with it behind all else. */
export const confirmRelease = (
  known: KnownOfUser,
  release: Revision,
  by: string,
  at: Instant,
): E.Either<StepRefused, Step> => {
  const asked = releasesOf(known).find((one) => one.release === release)
  if (asked === undefined || asked.request === null) return E.left({ _tag: 'Unknown' })
  if (asked.released !== null) return E.left({ _tag: 'Confirmed' })
  const { by: requestedBy } = asked.request
  if (requestedBy === by) return E.left({ _tag: 'SamePerson' })
  const on = { request: release, requestedBy, confirmedBy: by }
  const event = releasedEvent({ releases: asked.releases, on }, at)
  const state = known.stateWith(event)
  const why = voidOf(state, event.eventId)
  if (why !== null) return notHeldBack(why)
  const released = { at, eventId: event.eventId, by, observation: null }
  return E.right({ event, release: { ...asked, released }, state })
}
