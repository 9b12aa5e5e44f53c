import type { Observation, OwnEvent } from '../event/ownEvent.ts'
import { type Code, USER_STATUSES } from '../treezor/codes.ts'
import { type Compared, type ComparedDocument, compared } from './compared.ts'
import type { Draft, Report } from './draft.ts'
import type { KycState } from './kycState.ts'
import { wordOf } from './word.ts'

export type { Observation } from '../event/ownEvent.ts'

const isOther = (a: Code | null, b: Code | null): boolean => a !== null && b !== null && a.code !== b.code

const governingLevel = ({ hasLifecycle, lifecycle, legacy }: KycState): Code | null =>
  hasLifecycle ? lifecycle.level : legacy.level

/** In which fields of the user an observation differs from what the events say that are not observed: in words, without values that may be anything. */
const differences = (state: KycState, seen: Compared): readonly string[] => {
  if (!seen.known) return ['the provider knows no such user']
  const told: string[] = []
  const word = wordOf(state)
  if (seen.word !== word) told.push(`the review amounts to ${seen.word}, what was heard to ${word}`)
  const level = governingLevel(state)
  if (isOther(level, seen.level)) told.push(`kycLevel is ${named(seen.level)}, heard was ${named(level)}`)
  const { userStatus } = state.legacy
  if (userStatus !== null && seen.userStatus !== null && userStatus !== seen.userStatus) {
    told.push(`userStatus is ${shownStatus(seen.userStatus)}, heard was ${shownStatus(userStatus)}`)
  }
  return told
}

const named = (code: Code | null): string => (code === null ? 'none' : `${code.code} (${code.name})`)
const shownStatus = (userStatus: string): string => (USER_STATUSES.includes(userStatus) ? userStatus : 'another value')

/** In what the standing observation differs from what was heard; empty where none stands or none differs. */
export const standingDifferences = (state: KycState): readonly string[] =>
  state.observed?.stands ? differences(state, state.observed) : []

const sameCode = (a: Code | null, b: Code | null): boolean => a?.code === b?.code

const sameDocument = (a: ComparedDocument, b: ComparedDocument): boolean =>
  a.state === b.state && sameCode(a.type, b.type) && a.codeStatus === b.codeStatus

const sameDocuments = (a: readonly ComparedDocument[], b: readonly ComparedDocument[]): boolean => {
  const known = new Map(b.map((document) => [document.documentId, document]))
  return (
    a.length === b.length &&
    a.every((one) => {
      const other = known.get(one.documentId)
      return other !== undefined && sameDocument(one, other)
    })
  )
}

/** Whether a document was never heard of, or is another than was heard. */
const isUnheard = ({ documents }: KycState) => {
  const known = new Map(documents.map((document) => [document.documentId, document]))
  return ({ documentId, state, type, codeStatus }: ComparedDocument): boolean => {
    const heard = known.get(documentId)
    if (heard === undefined || heard.state !== state || isOther(heard.type, type)) return true
    return heard.codeStatus !== null && codeStatus !== null && heard.codeStatus !== codeStatus
  }
}

const NO_LEVEL = 0

/**
 * Whether it says that the provider has such a user, and that nothing was ever asked or decided about him. Many never need it: of
 * whom nothing was heard either, that is what was to be expected.
 */
export const saysNothing = ({ word, level, userStatus, documents }: Compared): boolean =>
  word === 'none' &&
  (level === null || level.code === NO_LEVEL) &&
  (userStatus === null || USER_STATUSES.includes(userStatus)) &&
  (documents ?? []).length === 0

/**
 * Whether an observation is to be recorded: it says something else than the one that stands, or, where none does, it is no validation that
 * was heard in just these words. What says that he is not validated is recorded even where all that was heard says so, too: an
 * event may still come in late that says he is, and is older than the observation. Not so that nothing is said of whom nobody knows anything.
 */
export const isNews = (state: KycState, observation: Observation): boolean => {
  const seen = compared(observation)
  if (state.events === 0 && saysNothing(seen)) return false
  const { observed } = state
  const documentsDiffer = (seen.documents ?? []).some(isUnheard(state))
  if (observed === null || !observed.stands) {
    return seen.word !== 'validated' || documentsDiffer || differences(state, seen).length > 0
  }
  if (
    observed.known !== seen.known ||
    observed.word !== seen.word ||
    !sameCode(observed.review, seen.review) ||
    !sameCode(observed.level, seen.level) ||
    observed.userStatus !== seen.userStatus
  ) {
    return true
  }
  if (seen.documents === null) return false
  return observed.documents === null ? documentsDiffer : !sameDocuments(seen.documents, observed.documents)
}

/** Takes what was observed into the draft. It moves no region. */
export const hearObservation = (
  draft: Draft,
  observation: Observation,
  { occurredAt: at, eventId }: OwnEvent,
  report: Report,
): void => {
  const seen = compared(observation)
  const told = differences(draft, seen)
  if (told.length > 0) report('observed-otherwise', told.join('; '))
  const before = draft.observed?.stands ? draft.observed.documents : null
  draft.observed = {
    ...seen,
    documents: seen.documents ?? before,
    at,
    eventId,
    source: observation.source,
    stands: true,
  }
}

/** The last observation does not stand any more: the provider has said something since that can be relied on. */
export const liftObserved = (draft: Draft): void => {
  if (draft.observed?.stands) draft.observed = { ...draft.observed, stands: false }
}
