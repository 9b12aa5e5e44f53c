import type { Account } from '../../domain/answer/account.ts'
import type { Status } from '../../domain/answer/status.ts'
import { OBSERVED } from '../../domain/event/ownEvent.ts'
import type { Instant } from '../../domain/instant.ts'
import type { StateOf } from '../../domain/regions.ts'
import type { AnomalyKind } from '../../domain/state/anomaly.ts'
import type { KycState } from '../../domain/state/kycState.ts'
import { contradicting, wordOf } from '../../domain/state/word.ts'
import { anomalyInWords } from './anomalyInWords.ts'
import { eventInWords } from './eventInWords.ts'
import { durationInWords, instantInWords } from './timeInWords.ts'

/** Why a status is unknown: the anomaly that makes it so, if it is one, and a sentence. */
export interface Reason {
  readonly kind: AnomalyKind | null
  readonly sentence: string
}

/** A status, why it is so, and since when. */
export interface StatusInWords {
  readonly sentence: string
  /** Where the status is unknown, all that makes it so; nothing otherwise. */
  readonly reasons: readonly Reason[]
}

/** What is going on, of a user on whom it is not decided. */
const GOING_ON: Readonly<Partial<Record<StateOf<'legacy'>, string>>> = {
  reviewOpen: 'A review was opened again.',
  reviewPending: 'A review is under way.',
  investigating: 'The user is under investigation.',
}

const governing = ({ hasLifecycle, lifecycle, legacy }: KycState) => (hasLifecycle ? lifecycle : legacy)

const counted = (count: number): string => (count === 1 ? 'An event' : `${count} events`)

/** What anomalies of that event say of a value that decides and is not understood. */
const notUnderstood = ({ anomalies }: KycState, eventId: string | null): readonly Reason[] =>
  anomalies
    .filter((one) => one.eventId === eventId)
    .filter(({ kind }) => kind === 'unknown-value' || kind === 'payload-contradicts' || kind === 'unreadable-event')
    .map(({ kind, detail }) => ({ kind, sentence: `${anomalyInWords(kind)} ${detail}.` }))

/** What the signed events amount to, where what was observed makes the status another one. */
const signedWord = (state: KycState): Status | null => {
  const signed = wordOf(state)
  return state.observed?.stands === true && state.word.status !== signed ? signed : null
}

/** What the provider answered, where that makes the status unknown. */
const unknownAsObserved = (state: KycState): readonly Reason[] => {
  const { observed } = state
  if (observed === null || signedWord(state) === null) return []
  const said = observed.known ? 'said nothing that stands for a status' : 'knew no such user'
  const sentence = `The provider ${said} when it was asked on ${instantInWords(observed.at)}. Its answer is not signed: it may take a verification away, and never grants one.`
  return [{ kind: 'observed-otherwise', sentence }]
}

/** Why the life cycle that governs does not tell a status. */
const unknownByLifeCycle = (state: KycState): readonly Reason[] => {
  const { state: of, enteredBy } = governing(state)
  if (of === 'reviewClosed') {
    const sentence = 'The review was closed at the provider, who does not say what that means: it vouches for nobody.'
    return [{ kind: null, sentence }]
  }
  if (of !== 'unknown') return []
  const said = notUnderstood(state, enteredBy)
  const which = state.hasLifecycle ? 'The New KYC Life Cycle' : 'The legacy life cycle'
  return said.length > 0 ? said : [{ kind: null, sentence: `${which} is in a state that nobody here knows.` }]
}

/** All that makes the status of a user unknown. */
const reasonsOf = (state: KycState): readonly Reason[] => {
  const { unreadable, altered, flaws } = state
  const refused = contradicting(state)
  return [
    ...flaws.map(({ kind }) => ({ kind, sentence: anomalyInWords(kind) })),
    ...(altered.length === 0
      ? []
      : [
          {
            kind: 'event-altered' as const,
            sentence: `${counted(altered.length)} of the user ${altered.length === 1 ? 'is' : 'are'} not what was received: altered in the event log.`,
          },
        ]),
    ...(unreadable.length === 0
      ? []
      : [
          {
            kind: 'unreadable-event' as const,
            sentence: `${counted(unreadable.length)} of the user cannot be read by this version of the service, or says nothing that it understands.`,
          },
        ]),
    ...(refused === null
      ? []
      : [
          {
            kind: 'life-cycles-contradict' as const,
            sentence: `The legacy life cycle refused the user on ${instantInWords(refused.at)}, at or after the validation by the New KYC Life Cycle, which has said nothing since that can be relied on.`,
          },
        ]),
    ...unknownAsObserved(state),
    ...unknownByLifeCycle(state),
  ]
}

const HEADS: Readonly<Record<Exclude<Status, 'unknown' | 'pending' | 'none'>, string>> = {
  validated: 'Validated by',
  refused: 'Refused by',
  closed: 'Closed for good by the provider, by',
}

/** A full stop behind what does not end in an ellipsis. */
const ended = (text: string): string => (text.endsWith('…') ? text : `${text}.`)

/** The signed event that validates a user, where another one brought the status about: it was released, or taken for otherwise meanwhile. */
const validatedBy = ({ state, by, ground: { entered, heldBack } }: Account): string => {
  const { released } = governing(state)
  if (released !== null && heldBack !== null) {
    const why = heldBack.echoOf === null ? 'for want of a time' : 'as an echo'
    const how =
      released.on === 'observation' ? 'the provider confirmed it when it was asked' : 'two persons released it'
    return `${eventInWords(heldBack)}; it was held back ${why}, and counts since ${how}, on ${instantInWords(released.at)}.`
  }
  const isLifted = by?._tag === 'Own' && entered !== null
  const ground = isLifted ? entered : by
  return ground === null ? 'nothing that is known any more.' : ended(eventInWords(ground))
}

/** That the provider said otherwise for a time, when it was asked. */
const lifted = ({ by }: Account): string =>
  by?._tag === 'Own' && by.says.type === OBSERVED
    ? ` Until ${instantInWords(by.recordedAt)} the provider had said otherwise when it was asked.`
    : ''

const sentenceOf = (account: Account, now: Instant): string => {
  const { state, status, by } = account
  const ground = by === null ? null : ended(eventInWords(by))
  switch (status) {
    case 'validated':
      return by === null ? 'The user is validated.' : `${HEADS[status]} ${validatedBy(account)}${lifted(account)}`
    case 'refused':
    case 'closed':
      return ground === null ? `The user is ${status}.` : `${HEADS[status]} ${ground}`
    case 'pending': {
      const goingOn = state.hasLifecycle ? '' : (GOING_ON[state.legacy.state] ?? '')
      const long = by === null ? 'Pending.' : `Pending for ${durationInWords(by.occurredAt, now)}, since ${ground}`
      return goingOn === '' ? long : `${long} ${goingOn}`
    }
    case 'none':
      return ground === null
        ? 'None: nothing that was heard of the user requests a verification, or decides on one.'
        : `None since what was said before was taken back, by ${ground}`
    case 'unknown': {
      const since = ground === null ? '' : ` It has been so since ${ground}`
      return `Unknown: what is known does not allow to say how the user stands, and nobody should take him for verified.${since}`
    }
    default:
      return status satisfies never
  }
}

/** What was signed, where what was observed makes the status another one; and that, where the status has been so since before it. */
const besideObserved = ({ state, by }: Account): string => {
  const { observed } = state
  const signed = signedWord(state)
  if (signed === null || observed === null) return ''
  const still =
    by?.eventId === observed.eventId
      ? ''
      : ` It is so still by what the provider answered when it was asked, on ${instantInWords(observed.at)}, which is not signed.`
  return `${still} What it has signed amounts to ${signed}.`
}

/** Says of a user how he stands, why, and since when; `now` is the time that is asked about. */
export const statusInWords = (account: Account, now: Instant): StatusInWords => ({
  sentence: `${sentenceOf(account, now)}${besideObserved(account)}`,
  reasons: account.status === 'unknown' ? reasonsOf(account.state) : [],
})
