import * as A from 'fp-ts/lib/Array.js'
import * as E from 'fp-ts/lib/Either.js'
import { datedBy, type KycEvent, readEvent } from '../event/kycEvent.ts'
import { UNSEEN } from '../event/metadata.ts'
import { hasOccurred } from '../event/occurrence.ts'
import { comparePlaces, type Place, place, rankOf } from '../event/order.ts'
import { NO_CORRECTIONS, type ReceiptCorrection } from '../event/receiptCorrection.ts'
import type { StoredEvent, UnreadableEvent } from '../event/storedEvent.ts'
import type { UserId } from '../identifiers.ts'
import { type Instant, later } from '../instant.ts'
import { isOpen, isSuccess, type Region, type StateOf } from '../regions.ts'
import { CANCELED } from '../treezor/codes.ts'
import type { DocumentStatement } from '../treezor/document.ts'
import type { Family } from '../treezor/family.ts'
import type { IdentificationStatement } from '../treezor/identification.ts'
import type { LifecycleStatement } from '../treezor/kyc.ts'
import type { LivenessStatement } from '../treezor/liveness.ts'
import type { Statement } from '../treezor/statement.ts'
import type { UnreadStatement } from '../treezor/unread.ts'
import type { AnomalyKind } from './anomaly.ts'
import { type DocumentState, type IdentificationState, initialState, type KycState, withFlaw } from './kycState.ts'
import { type Remark, remarksOn } from './remarks.ts'
import { expectedFrom, step } from './transitionTable.ts'

/** An event with what it means for one user, ready to be folded. */
export interface Reading {
  readonly event: KycEvent
  readonly statements: readonly Statement[]
  /** What is odd about it, whatever came before. */
  readonly remarks: readonly Remark[]
  /** It stands in the stream of the unattributed: whose it is was not known when it was recorded. */
  readonly adopted: boolean
  readonly place: Place
}

/** Several statements of one event are heard in the order of the fold. */
const readingOf = (
  event: KycEvent,
  family: Family | null,
  statements: Statement[],
  all: readonly Statement[],
  adopted: boolean,
): Reading => {
  if (statements.length > 1) statements.sort((a, b) => rankOf(a) - rankOf(b))
  return {
    event,
    statements,
    remarks: remarksOn(event, family, statements, all),
    adopted,
    place: place(event, statements),
  }
}

/** Works out what an event says about `userId`. */
export const read = (event: KycEvent, userId: UserId): Reading => {
  const { family, statements: all } = event.interpretation
  const statements = all.filter((statement) => statement.userId === userId)
  return readingOf(event, family, statements, all, false)
}

const samePayload = (own: readonly KycEvent[], { payloadHash }: KycEvent): readonly KycEvent[] =>
  own.filter((one) => one.payloadHash === payloadHash)

/**
 * Whether the stream of a user holds this very webhook, in the family that it has today. The time has to agree (the ids,
 * where there is none): it is not signed, and a copy that somebody dates otherwise must not take the place of what was
 * recorded before it.
 */
export const holds = (own: readonly KycEvent[], event: KycEvent): boolean =>
  samePayload(own, event).some(
    (one) =>
      one.webhookCreatedAt === event.webhookCreatedAt &&
      (one.webhookCreatedAt !== null || one.webhookId === event.webhookId) &&
      one.interpretation.family === event.interpretation.family,
  )

/**
 * What an event of the stream of the unattributed says about `userId`, if anything: of documents that name no user and
 * are his (`owned`), and of himself, where he is found in it today and was not when it was recorded. `own` are the events
 * of his stream: what he heard there he does not hear again, and what repeats a payload of it is an echo.
 */
export const adopt = (
  event: KycEvent,
  userId: UserId,
  owned: ReadonlySet<string>,
  own: readonly KycEvent[],
): Reading => {
  const { family, statements: named, orphans } = event.interpretation
  const ofHim = named.filter((statement) => statement.userId === userId)
  const ofNobody = orphans.map((orphan): Statement => ({ ...orphan, userId }))
  const ofHis = ofNobody.filter((statement) => statement.region === 'documents' && owned.has(statement.documentId))
  const all = [...named, ...ofNobody]
  if (ofHim.length === 0 || holds(own, event)) return readingOf(event, family, ofHis, all, true)
  const echoOf = event.echoOf ?? samePayload(own, event)[0]?.revision ?? null
  return readingOf({ ...datedBy(event, ofHim), echoOf }, family, [...ofHim, ...ofHis], all, true)
}

/** Whether it says anything about its user; what was adopted and does not is not his. */
export const saysSomething = ({ statements }: Reading): boolean => statements.length > 0

/** The documents that a reading says belong to its user. */
export const documentsIn = ({ statements }: Reading): readonly string[] =>
  statements.flatMap((statement) => (statement.region === 'documents' ? [statement.documentId] : []))

/** What of the events of the stream of the unattributed is heard by the user of whom `own` is all else that is known. */
const adoptAll = (userId: UserId, own: readonly Reading[], others: readonly KycEvent[]): readonly Reading[] => {
  const owned = new Set([...own, ...others.map((event) => read(event, userId))].flatMap(documentsIn))
  const ownEvents = own.map(({ event }) => event)
  return others.map((event) => adopt(event, userId, owned, ownEvents)).filter(saysSomething)
}

/** Of events of the stream of the unattributed, those that count among the events of the user with this stream. */
export const heardBy = <S extends StoredEvent>(
  userId: UserId,
  { arrived }: OwnHistory,
  others: readonly S[],
): readonly S[] => {
  const heard = new Set(
    adoptAll(userId, arrived, A.rights(others.map((event) => readEvent(event)))).map(({ event }) => event.eventId),
  )
  return others.filter(({ eventId }) => heard.has(eventId))
}

type Draft = { -readonly [K in keyof KycState]: KycState[K] }
type Report = (kind: AnomalyKind, detail: string) => void

/** So much of a payload's hash tells it from the others of one user. */
const HASH_DIGITS = 16

/** How the lists of a draft grow. */
interface Growth {
  readonly add: <A>(list: readonly A[], item: A) => readonly A[]
  /** The entry that a `webhook_id` came with first: `entry`, which is added then, if it is new. */
  readonly firstEntry: (draft: Draft, webhookId: string, entry: string) => string
}

/** On top of a state whose lists others hold. */
const copying: Growth = {
  add: (list, item) => list.concat([item]),
  firstEntry: (draft, webhookId, entry) => {
    const first = draft.webhookIds.find((one) => one.length === entry.length && one.endsWith(webhookId))
    if (first === undefined) draft.webhookIds = draft.webhookIds.concat([entry])
    return first ?? entry
  },
}

/** In place, where the fold alone holds the lists and has done so from the first event on. */
const inPlace = (): Growth => {
  const entries = new Map<string, string>()
  const add: Growth['add'] = <A>(list: readonly A[], item: A) => {
    ;(list as A[]).push(item)
    return list
  }
  return {
    add,
    firstEntry: (draft, webhookId, entry) => {
      const first = entries.get(webhookId)
      if (first !== undefined) return first
      entries.set(webhookId, entry)
      add(draft.webhookIds, entry)
      return entry
    },
  }
}

/** As `copying`, for states that follow on each other: what their list holds is not looked for in all of it each time. */
const following = (): Growth => {
  const entries = new Map<string, string>()
  let list: readonly string[] = []
  return {
    add: copying.add,
    firstEntry: (draft, webhookId, entry) => {
      if (draft.webhookIds !== list) {
        entries.clear()
        for (const one of draft.webhookIds) entries.set(one.slice(HASH_DIGITS), one)
      }
      const first = entries.get(webhookId)
      if (first === undefined) {
        entries.set(webhookId, entry)
        draft.webhookIds = draft.webhookIds.concat([entry])
      }
      list = draft.webhookIds
      return first ?? entry
    },
  }
}

const checkWebhookId = (draft: Draft, { webhookId, payloadHash }: KycEvent, growth: Growth, report: Report): void => {
  if (webhookId === null) return
  const entry = payloadHash.slice(0, HASH_DIGITS) + webhookId
  if (growth.firstEntry(draft, webhookId, entry) !== entry) {
    report('webhook-id-reused', 'its webhook_id came with another payload before: ids are not signed')
  }
}

/**
 * Moves one region (or one object of it) and tells of what is odd about the move. `followed` is false for an echo that
 * claims a success: nothing of it is taken over.
 */
const move = <R extends Region>(
  region: R,
  of: string,
  from: StateOf<R>,
  says: StateOf<R>,
  isEcho: boolean,
  report: Report,
): { readonly to: StateOf<R>; readonly followed: boolean } => {
  const { target, action } = step(region, from, says, isEcho)
  if (action === 'echo') {
    report(
      'echo',
      isSuccess(says)
        ? `${of}: a payload that was here before says ${says} again: not followed, the state stays ${from}`
        : `${of}: ${from} -> ${target} by a payload that was here before`,
    )
  }
  if (action === 'unexpected') {
    const expected = expectedFrom(region, from).join(', ') || 'nothing'
    if (from === 'none' && target === 'validated' && region !== 'documents') {
      report('no-request-seen', `${of}: the first thing heard is that it is validated: no request for it was seen`)
    } else report('unexpected-transition', `${of}: ${from} -> ${target}; expected after ${from}: ${expected}`)
  }
  return { to: target, followed: !(isEcho && isSuccess(says)) }
}

const sinceOf = (before: { state: string; since: Instant } | undefined, to: string, at: Instant): Instant =>
  before?.state === to ? before.since : at

/** When and by which event a life cycle entered its present state. */
const entry = <S>(
  before: { readonly state: S; readonly since: Instant | null; readonly enteredBy: string | null },
  to: S,
  event: KycEvent,
) =>
  before.state === to && before.since !== null
    ? { state: to, since: before.since, enteredBy: before.enteredBy }
    : { state: to, since: event.occurredAt, enteredBy: event.eventId }

const replaceOrAdd = <A>(items: readonly A[], index: number, item: A): readonly A[] =>
  index === -1 ? [...items, item] : items.with(index, item)

const hearDocument = (draft: Draft, statement: DocumentStatement, event: KycEvent, report: Report): void => {
  const { documentId, type, codeStatus } = statement
  const index = draft.documents.findIndex((document) => document.documentId === documentId)
  const before: DocumentState | undefined = draft.documents[index]
  const of = `document ${documentId}`
  const { to, followed } = move('documents', of, before?.state ?? 'none', statement.says, event.echoOf !== null, report)
  if (!followed) return
  const since = sinceOf(before, to, event.occurredAt)
  draft.documents = replaceOrAdd(draft.documents, index, { documentId, type, codeStatus, state: to, since })
}

/** It is his, though what is said of it is not followed: nothing is known of its state. */
const noteDocument = (draft: Draft, { documentId, type }: DocumentStatement, { occurredAt: since }: KycEvent): void => {
  if (draft.documents.some((document) => document.documentId === documentId)) return
  draft.documents = [...draft.documents, { documentId, type, codeStatus: null, state: 'unknown', since }]
}

type AnyIdentification = IdentificationState<StateOf<'liveness' | 'qes'>>

/** An identification that only echoes have spoken of is older than any other: a captured payload can be given a new id. */
const startedLater = (a: AnyIdentification, b: AnyIdentification): boolean => {
  if (a.echoesOnly !== b.echoesOnly) return b.echoesOnly
  return a.startedAt === b.startedAt ? a.identificationId > b.identificationId : a.startedAt > b.startedAt
}

/** The identification that was started last; echoes settle no start. */
export const current = <S extends AnyIdentification>(all: readonly S[]): S | null =>
  all.reduce<S | null>((newest, one) => (newest === null || startedLater(one, newest) ? one : newest), null)

const startOf = (
  before: { readonly startedAt: Instant; readonly echoesOnly: boolean } | undefined,
  signedStart: Instant | null,
  event: KycEvent,
): Instant => {
  // Nor does one unsettle a start: the id in a liveness envelope is not signed, so it may name another identification.
  if (before !== undefined && !before.echoesOnly && event.echoOf !== null) return before.startedAt
  if (signedStart !== null) return signedStart
  return before === undefined || (before.echoesOnly && event.echoOf === null) ? event.occurredAt : before.startedAt
}

/** An identification that the provider refused. */
const isFailed = (state: StateOf<'liveness' | 'qes'>): boolean =>
  state === 'failed' || state === 'canceled' || state === 'fraudConfirmed'

const isValidated = ({ hasLifecycle, lifecycle, legacy }: Draft): boolean =>
  (hasLifecycle ? lifecycle.state : legacy.state) === 'validated'

const hearIdentification = <R extends 'liveness' | 'qes' | 'videoConference'>(
  draft: Draft,
  region: R,
  all: readonly IdentificationState<StateOf<R>>[],
  statement: (LivenessStatement | IdentificationStatement) & { readonly says: StateOf<R> },
  event: KycEvent,
  report: Report,
): readonly IdentificationState<StateOf<R>>[] => {
  const { identificationId, says, reasons } = statement
  const isEcho = event.echoOf !== null
  const index = all.findIndex((one) => one.identificationId === identificationId)
  const before = all[index]
  const { to, followed } = move(region, region, before?.state ?? ('none' as StateOf<R>), says, isEcho, report)
  if (!followed) return all
  const signedStart = statement.region === 'liveness' ? statement.startedAt : null
  const after: IdentificationState<StateOf<R>> = {
    identificationId,
    state: to,
    since: sinceOf(before, to, event.occurredAt),
    startedAt: startOf(before, signedStart, event),
    echoesOnly: isEcho && (before?.echoesOnly ?? true),
    score: statement.region === 'liveness' ? statement.score : null,
    result: statement.region === 'liveness' ? null : statement.result,
    reasons,
  }
  if (isFailed(to) && before?.state !== to && isValidated(draft)) {
    report('identification-contradicts', `${region}: ${to}, of a user who stands validated`)
  }
  if (before === undefined) {
    const open = current(all)
    if (open !== null && isOpen(open.state) && after.startedAt >= open.startedAt) {
      report(
        'identification-superseded',
        `${region}: a new identification was started while the one before was ${open.state}`,
      )
    }
  }
  return replaceOrAdd(all, index, after)
}

/**
 * Something about the user that cannot be read: where it may have decided, the life cycle that it belongs to is unknown,
 * and so is the one that governs, until they say more.
 */
const hearUnread = (draft: Draft, statement: UnreadStatement, event: KycEvent, report: Report): void => {
  const { path, decides, closes, ofLifecycle } = statement
  report('unreadable-event', `${path}: cannot be read by this version${decides ? ', and may decide' : ''}`)
  if (!decides) return
  if (closes) draft.closed ??= { at: event.occurredAt, eventId: event.eventId }
  const isEcho = event.echoOf !== null
  draft.hasLifecycle ||= ofLifecycle
  if (!ofLifecycle) {
    const { to } = move('legacy', 'legacy', draft.legacy.state, 'unknown', isEcho, report)
    draft.legacy = { ...draft.legacy, ...entry(draft.legacy, to, event), review: null, level: null }
  }
  if (draft.hasLifecycle) {
    const { to } = move('lifecycle', 'lifecycle', draft.lifecycle.state, 'unknown', isEcho, report)
    draft.lifecycle = { ...draft.lifecycle, ...entry(draft.lifecycle, to, event), review: null, level: null }
  }
}

/** A KYC object whose signed dates are older than ones that were heard before says nothing new. */
const isOutdated = (
  { says, statedAt, lastReviewAt }: LifecycleStatement,
  { newestReviewAt, newestSignedAt }: KycState['lifecycle'],
  isEcho: boolean,
): boolean =>
  (isSuccess(says) && lastReviewAt !== null && newestReviewAt !== null && lastReviewAt < newestReviewAt) ||
  (isEcho && statedAt !== null && newestSignedAt !== null && statedAt < newestSignedAt)

/** Whether it may be followed as far as its dates go. Of an echo that claims a success the machine itself makes nothing. */
const mayBeFollowed = (draft: Draft, statement: Statement, event: KycEvent, report: Report): boolean => {
  const { region, says } = statement
  if (region === 'lifecycle' && isOutdated(statement, draft.lifecycle, event.echoOf !== null)) {
    report(
      'outdated',
      `${region}: says ${says}, with signed dates older than ones that were heard before: not followed`,
    )
    return false
  }
  if (isSuccess(says) && event.weaklyDated && draft.wasDecided && event.echoOf === null) {
    report(
      'weakly-dated',
      `${region}: says ${says}, and nothing but its receipt tells when it was said; it may be older than what was ` +
        'decided before: not followed',
    )
    return false
  }
  return true
}

const hearLegacy = (
  draft: Draft,
  { review, level, userStatus, says }: Extract<Statement, { readonly region: 'legacy' }>,
  event: KycEvent,
  report: Report,
): boolean => {
  const { to, followed } = move('legacy', 'legacy', draft.legacy.state, says, event.echoOf !== null, report)
  if (!followed) return false
  const { occurredAt: at, eventId } = event
  const refused = to === 'refused' ? { at, eventId } : draft.legacy.refused
  draft.legacy = { ...entry(draft.legacy, to, event), review, level, userStatus, refused }
  if (isReviewed(to) && draft.hasLifecycle && draft.lifecycle.state === 'validated') {
    report('life-cycles-contradict', `the legacy life cycle says ${to}, the new one validated`)
  }
  return true
}

/** The states of a review that was opened again. */
const isReviewed = (state: StateOf<'legacy'>): boolean =>
  state === 'reviewOpen' || state === 'reviewPending' || state === 'investigating'

const hearLifecycle = (draft: Draft, statement: LifecycleStatement, event: KycEvent, report: Report): void => {
  const { says, review, level, reviewType, codeStatus, lastRequestAt, lastReviewAt, nextReviewDate } = statement
  const isEcho = event.echoOf !== null
  const before = draft.lifecycle
  const mayFollow = mayBeFollowed(draft, statement, event, report)
  const { to, followed } = mayFollow
    ? move('lifecycle', 'lifecycle', before.state, says, isEcho, report)
    : { to: before.state, followed: false }
  const newestReviewAt = later(before.newestReviewAt, lastReviewAt)
  const newestSignedAt = later(before.newestSignedAt, statement.statedAt)
  if (!followed) {
    if (!isEcho) draft.lifecycle = { ...before, newestReviewAt, newestSignedAt }
    return
  }
  draft.hasLifecycle = true
  draft.lifecycle = {
    ...entry(before, to, event),
    review,
    level,
    reviewType,
    codeStatus,
    lastRequestAt,
    lastReviewAt,
    nextReviewDate,
    assuredAt: isEcho || event.weaklyDated ? before.assuredAt : event.occurredAt,
    newestReviewAt,
    newestSignedAt,
  }
}

const hear = (draft: Draft, statement: Statement, event: KycEvent, report: Report): void => {
  if (statement.notUnderstood !== null) {
    const { path, expected, found, kind = 'unknown-value' } = statement.notUnderstood
    report(kind, `${path}: expected ${expected}, found ${found}`)
  }
  if (statement.region === 'lifecycle') return hearLifecycle(draft, statement, event, report)
  const followed = mayBeFollowed(draft, statement, event, report)
  switch (statement.region) {
    case 'legacy': {
      const heard = followed && hearLegacy(draft, statement, event, report)
      // It is signed, and takes nothing for granted: what is not followed for its date closes the user all the same.
      const closes = statement.userStatus === CANCELED && (heard || event.echoOf === null || event.echoOf === UNSEEN)
      if (closes) draft.closed ??= { at: event.occurredAt, eventId: event.eventId }
      return
    }
    case 'documents':
      if (followed) hearDocument(draft, statement, event, report)
      else noteDocument(draft, statement, event)
      return
    case 'liveness':
      if (followed) draft.liveness = hearIdentification(draft, 'liveness', draft.liveness, statement, event, report)
      return
    case 'qes':
    case 'videoConference': {
      const { region } = statement
      if (followed) draft[region] = hearIdentification(draft, region, draft[region], statement, event, report)
      return
    }
    case 'unread':
      hearUnread(draft, statement, event, report)
      return
    default:
      statement satisfies never
  }
}

/** Whether an event belongs behind all that has been folded: only then may it be folded on top. */
export const isInOrder = (state: KycState, next: Place): boolean =>
  state.last === null || comparePlaces(state.last, next) < 0

/** What `user-unknown` means, for a person. */
const ADOPTED =
  'whose it is was not known when it was recorded: it was attributed by its document, or by a version that reads more of it'

const AFTER_CLOSURE =
  'the provider has closed the user for good: followed in its region, it changes nothing of the status'

const isDecided = (state: StateOf<'legacy' | 'lifecycle'>): boolean => state !== 'none' && state !== 'pending'

/** Takes one event into the draft of a state. */
const take = (draft: Draft, reading: Reading, growth: Growth): void => {
  const { event, statements } = reading
  const report: Report = (kind, detail) => {
    draft.anomalies = growth.add(draft.anomalies, { kind, eventId: event.eventId, at: event.occurredAt, detail })
  }
  draft.events += 1
  // An adopted event has its revision in another stream.
  if (!reading.adopted && event.revision > draft.revision) draft.revision = event.revision
  draft.last = reading.place
  if (statements.length === 0) draft.unreadable = [...draft.unreadable, event.eventId].sort()
  if (reading.adopted) report('user-unknown', ADOPTED)
  for (const { kind, detail } of reading.remarks) report(kind, detail)
  checkWebhookId(draft, event, growth, report)
  if (draft.closed !== null && statements.length > 0) report('after-closure', AFTER_CLOSURE)
  for (const statement of statements) {
    hear(draft, statement, event, report)
    draft.wasDecided ||= isDecided(draft.legacy.state) || isDecided(draft.lifecycle.state)
  }
}

/**
 * One event on top of a state. `reading` must be in order (`isInOrder`). An event that was attributed to the user and of
 * which this version makes nothing is as uncertain as one it cannot read. Pure and total.
 */
export const evolve = (state: KycState, reading: Reading): KycState => {
  const draft: Draft = { ...state }
  take(draft, reading, copying)
  return draft
}

/** `evolve`, faster where it is mostly given the state that it gave last. */
export const evolving = (): typeof evolve => {
  const growth = following()
  return (state, reading) => {
    const draft: Draft = { ...state }
    take(draft, reading, growth)
    return draft
  }
}

/** All of a history at once, in the order of the fold: the same as `evolve` one after the other. */
export const evolveAll = (userId: UserId, readings: readonly Reading[]): KycState => {
  const draft: Draft = initialState(userId)
  const growth = inPlace()
  for (const reading of readings) take(draft, reading, growth)
  return draft
}

/** Events that cannot be read have no place in the order: they are counted, and make the whole uncertain. */
export const withUnreadable = (state: KycState, events: readonly UnreadableEvent[]): KycState =>
  events.length === 0
    ? state
    : {
        ...state,
        events: state.events + events.length,
        revision: events.reduce((highest, { revision }) => Math.max(highest, revision), state.revision),
        unreadable: [...state.unreadable, ...events.map(({ eventId }) => eventId)].sort(),
      }

/** Reads an event of a user's stream back, with what it says about him. */
export type ReadStored = (stored: StoredEvent, userId: UserId) => E.Either<UnreadableEvent, Reading>

/** `corrections` are the receipts known to be wrong. */
export const readStored =
  (corrections: readonly ReceiptCorrection[] = NO_CORRECTIONS): ReadStored =>
  (stored, userId) =>
    E.map((event: KycEvent) => read(event, userId))(readEvent(stored, corrections))

/** `readStored` for events that are kept and asked again: each is read once, for as long as somebody holds it. */
export const readStoredOnce = (corrections: readonly ReceiptCorrection[] = NO_CORRECTIONS): ReadStored => {
  const readAnew = readStored(corrections)
  const known = new WeakMap<StoredEvent, ReturnType<ReadStored>>()
  return (stored, userId) => {
    const before = known.get(stored)
    if (before !== undefined) return before
    const reading = readAnew(stored, userId)
    known.set(stored, reading)
    return reading
  }
}

/** A user's own stream, read, so that several questions can be asked of it. */
export interface OwnHistory {
  /** In the order of arrival. */
  readonly arrived: readonly Reading[]
  /** The same in the order of the fold. */
  readonly sorted: readonly Reading[]
  readonly unreadable: readonly UnreadableEvent[]
  /** Whether its revisions run from 0 without a gap. */
  readonly complete: boolean
}

const byPlace = (a: Reading, b: Reading): number => comparePlaces(a.place, b.place)

const isComplete = (stored: readonly StoredEvent[]): boolean => {
  if (stored.every(({ revision }, index) => revision === index)) return true
  const revisions = new Set(stored.map(({ revision }) => revision))
  return stored.every((_, revision) => revisions.has(revision))
}

export const readHistory = (
  userId: UserId,
  stored: readonly StoredEvent[],
  readOwn: ReadStored = readStored(),
): OwnHistory => {
  const { left: unreadable, right: arrived } = A.separate(stored.map((event) => readOwn(event, userId)))
  return { arrived, sorted: arrived.toSorted(byPlace), unreadable, complete: isComplete(stored) }
}

/** The state of a user of whose stream revisions are missing: what was said in them is not known. */
export const incomplete = (state: KycState): KycState =>
  withFlaw(state, 'history-incomplete', 'revisions of the stream are missing: the status is not certain')

/** Both limits of a fold: what had occurred by `asOf`, and the receipts known to be wrong. */
export interface FoldOptions {
  readonly asOf?: Instant | null
  readonly corrections?: readonly ReceiptCorrection[]
}

/** `fold` of a stream that has been read; `corrections` as it was read with. */
export const foldHistory = (
  userId: UserId,
  { arrived, sorted, unreadable, complete }: OwnHistory,
  orphans: readonly StoredEvent[],
  { asOf = null, corrections = NO_CORRECTIONS }: FoldOptions = {},
): KycState => {
  const others = orphans.map((event) => readEvent(event, corrections))
  const adopted = orphans.length === 0 ? [] : adoptAll(userId, arrived, A.rights(others))
  const all = adopted.length === 0 ? sorted : [...sorted, ...adopted].sort(byPlace)
  const readings = asOf === null ? all : all.filter(({ event }) => hasOccurred(event, asOf))
  const state = withUnreadable(evolveAll(userId, readings), unreadable)
  return complete ? state : incomplete(state)
}

/**
 * The state of a user: his events, in whatever order they are given, sorted and folded. `orphans` are events of the
 * stream of the unattributed: what they say of him and his documents (`adopt`) is folded in. Only what had occurred by
 * `asOf` is folded, but what is whose, and an echo of what, is decided by all that is known: otherwise a copy that is dated
 * back could bring the past a document that it had not.
 */
export const fold = (
  userId: UserId,
  stored: readonly StoredEvent[],
  orphans: readonly StoredEvent[] = [],
  options: FoldOptions = {},
): KycState => foldHistory(userId, readHistory(userId, stored, readStored(options.corrections)), orphans, options)
