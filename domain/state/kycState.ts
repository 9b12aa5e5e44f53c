import type { Place } from '../event/order.ts'
import type { NamedEvent } from '../event/ownEvent.ts'
import type { UserId } from '../identifiers.ts'
import type { Instant } from '../instant.ts'
import type { StateOf, Status } from '../regions.ts'
import type { Code } from '../treezor/codes.ts'
import type { LifecycleStatement } from '../treezor/kyc.ts'
import type { Reason } from '../treezor/reason.ts'
import type { LegacyStatement } from '../treezor/user.ts'
import type { Anomaly, AnomalyKind } from './anomaly.ts'
import type { Observed } from './compared.ts'
import { type Keeping, NOTHING_HEARD } from './keeping.ts'

/** `since`: when the present state was entered. */
interface Since<S> {
  readonly state: S
  readonly since: Instant
}

/** When something came about, and by which event. */
interface Entered {
  readonly at: Instant
  readonly eventId: string
}

/** Why nothing about a user is certain, whatever his events say. */
interface Flaw {
  readonly kind: AnomalyKind
  /** For a person. */
  readonly detail: string
}

/** The state of a life cycle, and the event that led into it. */
interface LifeCycleEntered<S> {
  readonly state: S
  readonly since: Instant | null
  readonly enteredBy: string | null
  /** By which release of what it is validated: it stands for as long as the state does. */
  readonly released: Released | null
}

/** A success that was held back has come to count. */
export interface Released extends Entered {
  /** The id of the event that was held back. */
  readonly releases: string
  /** What else it rests on. */
  readonly on: 'observation' | 'two-persons'
}

/**
 * A signed success of a life cycle that was not followed, because its payload was here before under another id and time, or for
 * want of a time. It counts from when it is released on.
 */
export interface HeldBack extends NamedEvent {
  readonly region: 'legacy' | 'lifecycle'
  readonly why: 'echo' | 'weakly-dated'
  /** When it occurred. */
  readonly at: Instant
  readonly statement: LegacyStatement | LifecycleStatement
  /** The requests to release it that came since, by their revisions. */
  readonly requests: readonly { readonly revision: number; readonly by: string }[]
}

interface LegacyState extends LifeCycleEntered<StateOf<'legacy'>> {
  readonly review: Code | null
  readonly level: Code | null
  readonly userStatus: string | null
  /** The last refusal that was followed, whatever was said after it. */
  readonly refused: Entered | null
}

interface LifecycleState extends LifeCycleEntered<StateOf<'lifecycle'>> {
  readonly review: Code | null
  readonly level: Code | null
  readonly reviewType: string | null
  readonly codeStatus: string | null
  readonly lastRequestAt: Instant | null
  readonly lastReviewAt: Instant | null
  readonly nextReviewDate: string | null
  /** When something of it was last followed that is neither an echo nor weakly dated. */
  readonly assuredAt: Instant | null
  /** The latest review, and the later of latest review and request, of all KYC objects that were heard. */
  readonly newestReviewAt: Instant | null
  readonly newestSignedAt: Instant | null
}

export interface DocumentState extends Since<StateOf<'documents'>> {
  readonly documentId: string
  readonly type: Code | null
  readonly codeStatus: string | null
}

/** One liveness, QES or video-conference identification. */
export interface IdentificationState<S extends StateOf<'liveness' | 'qes'>> extends Since<S> {
  readonly identificationId: string
  readonly startedAt: Instant
  /** Only echoes have spoken of it so far: its start is not settled. */
  readonly echoesOnly: boolean
  readonly score: number | null
  readonly result: string | null
  readonly reasons: readonly Reason[]
}

/** All that the events of one user amount to. A plain value: it survives JSON. */
export interface KycState {
  readonly userId: UserId
  readonly legacy: LegacyState
  readonly lifecycle: LifecycleState
  /** In the order of their first appearance. */
  readonly documents: readonly DocumentState[]
  readonly liveness: readonly IdentificationState<StateOf<'liveness'>>[]
  readonly qes: readonly IdentificationState<StateOf<'qes'>>[]
  readonly videoConference: readonly IdentificationState<StateOf<'videoConference'>>[]
  /** The word that his events amount to, what was observed included, and since when they have; `null` before there was another one than `none`. */
  readonly word: { readonly status: Status; readonly since: Instant | null }
  /** Whether an object of the New KYC Life Cycle was followed; it governs from then on. */
  readonly hasLifecycle: boolean
  /** Whether one of the two life cycles was ever said to be in another state than `none` and `pending`, by what is no echo. */
  readonly wasDecided: boolean
  /** Since when the provider has closed the user, for good. */
  readonly closed: Entered | null
  /** What was observed last, whether it stands or not. */
  readonly observed: Observed | null
  /** In the order of the fold. */
  readonly heldBack: readonly HeldBack[]
  /** How long what is known of him has to be kept. */
  readonly keeping: Keeping
  readonly anomalies: readonly Anomaly[]
  /** Each `webhook_id`, after the beginning of the hash of the payload that it came with first. */
  readonly webhookIds: readonly string[]
  readonly events: number
  /** Highest revision that has been folded; -1 before the first event. */
  readonly revision: number
  /** Place of the last event in the order of the fold. */
  readonly last: Place | null
  /** Events of the stream that this version cannot read: as long as there is one, nothing is certain. */
  readonly unreadable: readonly string[]
  /** Events of the stream whose payload is not the one that was received: as long as there is one, nothing is certain. */
  readonly altered: readonly string[]
  /** As long as there is one, nothing is certain. */
  readonly flaws: readonly Flaw[]
}

/** Whether a webhook ever spoke of him: what this service writes itself is none. */
export const isHeard = ({ keeping }: Pick<KycState, 'keeping'>): boolean => keeping.heardAt !== null

/** Before the first event. */
export const initialState = (userId: UserId): KycState => ({
  userId,
  legacy: {
    state: 'none',
    since: null,
    enteredBy: null,
    released: null,
    review: null,
    level: null,
    userStatus: null,
    refused: null,
  },
  lifecycle: {
    state: 'none',
    since: null,
    enteredBy: null,
    released: null,
    review: null,
    level: null,
    reviewType: null,
    codeStatus: null,
    lastRequestAt: null,
    lastReviewAt: null,
    nextReviewDate: null,
    assuredAt: null,
    newestReviewAt: null,
    newestSignedAt: null,
  },
  documents: [],
  liveness: [],
  qes: [],
  videoConference: [],
  word: { status: 'none', since: null },
  hasLifecycle: false,
  wasDecided: false,
  closed: null,
  observed: null,
  heldBack: [],
  keeping: NOTHING_HEARD,
  anomalies: [],
  webhookIds: [],
  events: 0,
  revision: -1,
  last: null,
  unreadable: [],
  altered: [],
  flaws: [],
})

/** The state of a user about whom, for that reason, nothing is certain. */
export const withFlaw = (state: KycState, kind: AnomalyKind, detail: string): KycState => ({
  ...state,
  flaws: [...state.flaws.filter((flaw) => flaw.kind !== kind), { kind, detail }],
})
