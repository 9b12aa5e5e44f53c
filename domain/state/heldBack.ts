import type { NamedEvent, Observation, OwnEvent, Release, ReleaseRequest } from '../event/ownEvent.ts'
import { streamOf, UNATTRIBUTED } from '../event/stream.ts'
import { STATUS_OF_LEGACY } from '../regions.ts'
import { CANCELED, type Code } from '../treezor/codes.ts'
import type { LifecycleStatement } from '../treezor/kyc.ts'
import type { LegacyStatement } from '../treezor/user.ts'
import { type Heard, isOlder } from './believing.ts'
import { type Compared, compared } from './compared.ts'
import { type Draft, entry, type Report } from './draft.ts'
import type { HeldBack, KycState, Released } from './kycState.ts'
import { lifecycleSaid } from './lifeCycles.ts'
import { move } from './move.ts'
import { liftObserved } from './observed.ts'
import type { WebhookReading } from './reading.ts'
import { wordOf } from './word.ts'

export type { HeldBack } from './kycState.ts'

const NOTHING: readonly HeldBack[] = []

/** Whether a statement speaks against whatever success was held back before it, followed or not; one that contradicts itself is unknown, or a refusal. */
const speaksAgainst = (statement: LegacyStatement | LifecycleStatement): boolean => {
  const word = statement.region === 'legacy' ? STATUS_OF_LEGACY[statement.says] : statement.says
  return (
    word === 'refused' || word === 'unknown' || (statement.region === 'legacy' && statement.userStatus === CANCELED)
  )
}

/** It would have changed nothing: he is validated, and by that life cycle. */
const isIdle = (draft: Draft, region: HeldBack['region']): boolean =>
  draft[region].state === 'validated' && wordOf(draft) === 'validated'

/** Nothing that was held back counts any more. */
export const dropHeldBack = (draft: Draft): void => {
  if (draft.heldBack.length > 0) draft.heldBack = NOTHING
}

/** What a life cycle says and is followed in, be it that it is pending again, overtakes what was held back of it before. */
const overtake = (draft: Draft, region: HeldBack['region']): void => {
  if (draft.heldBack.length > 0) draft.heldBack = draft.heldBack.filter((one) => one.region !== region)
}

/** A success that by its own signed date was reviewed before the answer: its webhook says that it is newer, and is not signed. */
const isBehindAnswer = ({ observed }: KycState, statement: LegacyStatement | LifecycleStatement): boolean =>
  observed !== null &&
  statement.region === 'lifecycle' &&
  statement.says === 'validated' &&
  statement.lastReviewAt !== null &&
  statement.lastReviewAt < observed.at

/** What follows from a statement of a life cycle, beyond its region: what is held back, and whether an observation stands. */
export const afterStatement = (
  draft: Draft,
  statement: LegacyStatement | LifecycleStatement,
  heard: Heard,
  { event, adopted }: WebhookReading,
): void => {
  // Of most users nothing is observed and nothing held back.
  if (heard === 'followed' && draft.observed === null && draft.heldBack.length === 0) return
  const { region, says } = statement
  const governs = region === (draft.hasLifecycle ? 'lifecycle' : 'legacy')
  const isReliable = heard === 'followed' && event.echoOf === null && !event.weaklyDated
  if (governs && isReliable && !isBehindAnswer(draft, statement)) liftObserved(draft)
  if (speaksAgainst(statement)) return dropHeldBack(draft)
  if (heard === 'followed') return overtake(draft, region)
  if (says !== 'validated' || heard === 'outdated') return
  if (isIdle(draft, region)) return
  const { revision, eventId, payloadHash, occurredAt: at } = event
  const stream = adopted ? UNATTRIBUTED : streamOf(draft.userId)
  draft.heldBack = [
    ...draft.heldBack,
    { stream, revision, eventId, payloadHash, region, why: heard, at, statement, requests: [] },
  ]
}

const isNamed = (one: HeldBack, { stream, revision, eventId, payloadHash }: NamedEvent): boolean =>
  one.revision === revision && one.eventId === eventId && one.stream === stream && one.payloadHash === payloadHash

const namedBy = ({ heldBack }: KycState, named: NamedEvent): HeldBack | undefined =>
  heldBack.findLast((one) => isNamed(one, named))

const sameLevel = (a: Code | null, b: Code | null): boolean => a === null || b === null || a.code === b.code

const confirms = (seen: Compared, { statement }: HeldBack): boolean =>
  seen.word === 'validated' && sameLevel(seen.level, statement.level)

/** Newer signed dates were heard since: it is outdated, and says nothing any more. */
const isOutdated = ({ lifecycle }: KycState, { statement }: HeldBack): boolean =>
  statement.region === 'lifecycle' && isOlder(statement, lifecycle)

/** A request to release something: it counts for as long as that is held back. */
export const hearRequest = (draft: Draft, { releases, by }: ReleaseRequest, { revision }: OwnEvent): void => {
  draft.heldBack = draft.heldBack.map((one) =>
    isNamed(one, releases) ? { ...one, requests: [...one.requests, { revision, by }] } : one,
  )
}

/** Why a release takes no effect; `null` where it does. */
const whyVoid = (draft: Draft, { on }: Release, one: HeldBack | undefined): string | null => {
  if (one === undefined) {
    return 'what it names is not held back, or not any more: a refusal, a closure or a contradiction came in between'
  }
  if (isOutdated(draft, one)) return 'the signed dates of what it names are older than ones that were heard since'
  if ('observation' in on) {
    const { observed } = draft
    if (observed === null || !observed.stands || observed.eventId !== on.observation) {
      return 'the observation that it rests on does not stand'
    }
    return confirms(observed, one) ? null : 'the observation that it rests on says something else'
  }
  if (on.requestedBy === on.confirmedBy) return 'it was requested and confirmed by one and the same'
  const isRequested = one.requests.some(({ revision, by }) => revision === on.request && by === on.requestedBy)
  return isRequested ? null : 'what it names was not requested to be released, or not by whom it says'
}

/**
 * What was held back counts from now on: its life cycle moves, as the machine has it, by what is no echo any more. A release that
 * finds nothing, or rests on nothing, moves nothing.
 */
export const hearRelease = (draft: Draft, release: Release, event: OwnEvent, report: Report): void => {
  const one = namedBy(draft, release.releases)
  const why = whyVoid(draft, release, one)
  if (one === undefined || why !== null) return report('release-void', `not followed: ${why}`)
  const { occurredAt: at, eventId } = event
  const on = 'observation' in release.on ? 'observation' : 'two-persons'
  const released: Released = { at, eventId, releases: one.eventId, on }
  const { region, statement } = one
  const { to } = move(region, region, draft[region].state, 'validated', false, report)
  if (statement.region === 'legacy') {
    const { review, level, userStatus } = statement
    draft.legacy = { ...draft.legacy, ...entry(draft.legacy, to, event), review, level, userStatus, released }
  } else {
    const entered = { ...entry(draft.lifecycle, to as 'validated', event), released }
    draft.hasLifecycle = true
    draft.lifecycle = lifecycleSaid(draft.lifecycle, entered, statement, at)
  }
  draft.wasDecided = true
  overtake(draft, region)
}

/**
 * What an observation confirms of what is held back of a user who is not validated: the newest of the life cycle that governs, else of
 * the other one. `null` where there is nothing that a release on it would make count.
 */
export const confirmed = (state: KycState, observation: Observation): HeldBack | null => {
  const seen = compared(observation)
  if (state.heldBack.length === 0 || state.closed !== null || wordOf(state) === 'validated') return null
  const fitting = state.heldBack.filter((one) => confirms(seen, one) && !isOutdated(state, one))
  const governing = state.hasLifecycle ? 'lifecycle' : 'legacy'
  return fitting.findLast(({ region }) => region === governing) ?? fitting.at(-1) ?? null
}
