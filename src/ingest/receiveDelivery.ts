import * as E from 'fp-ts/lib/Either.js'
import type { UserId } from '../../domain/identifiers.ts'
import type { JournalEntry, JournalReason } from '../journal/entry.ts'
import { inSpan } from '../tracing/tracing.ts'
import { type Examined, examine, type Spending } from '../webhooks/examine.ts'
import type { WebhookSecret } from '../webhooks/signature.ts'
import type { Delivery, DeliveryOutcome } from './delivery.ts'
import { isUnread } from './fact.ts'
import { type Addressed, factsOf, ofLiving } from './factsOf.ts'
import type { FactRecorder, RecordError, Recorded } from './recordFact.ts'
import type { Standing } from './streamHead.ts'

/** What may be spent on deliveries that nothing vouches for, of whoever sent this one. Verified ones cost nothing of it. */
export interface Doubts extends Spending {
  /** A pseudonym of who that is. */
  readonly source: string | null
  /** Something that is verified came from there: whoever has not the secret does not come before him. */
  readonly vouched: () => void
  /** Counts a body of so many bytes. Gives after how many seconds more is taken, if this was too much; `null`: it was not. */
  readonly spend: (bytes: number) => Promise<number | null>
}

const WITHOUT_BOUND: Doubts = {
  source: null,
  isKnown: true,
  isWithin: () => true,
  hasOwn: () => true,
  vouched: () => undefined,
  spend: async () => null,
}

/** Why something that is not verified is kept, and what is answered. */
const REFUSED: Readonly<
  Record<Exclude<Examined['_tag'], 'Verified' | 'NotExamined'>, readonly [JournalReason, DeliveryOutcome]>
> = {
  NotUtf8: ['not-json', { _tag: 'NotAWebhook', detail: 'the body is not UTF-8 text' }],
  NotJson: ['not-json', { _tag: 'NotAWebhook', detail: 'the body is not JSON' }],
  NotAWebhook: ['not-a-webhook', { _tag: 'NotAWebhook', detail: 'the body is JSON, but not an object' }],
  NoPayload: ['no-payload', { _tag: 'Noted' }],
  NotVerified: ['signature', { _tag: 'NotVerified' }],
}

const verdictOf = ({ _tag }: Examined): string =>
  _tag === 'Verified' ? 'verified' : _tag === 'NotExamined' ? 'not-examined' : REFUSED[_tag][0]

export interface Receiving {
  readonly recorder: FactRecorder
  /** Those that there are by then: one may replace another while the service runs. */
  readonly secrets: () => readonly WebhookSecret[]
  /** Keeps a delivery that is not appended; resolves once it is on disk. */
  readonly keep: (entry: JournalEntry) => Promise<E.Either<string, void>>
  /** Lets go of what was kept of this delivery when it came before. */
  readonly letGo?: () => Promise<void>
  /** Whether a user was erased: nothing that comes of him is kept. */
  readonly isErased?: (userId: UserId) => boolean
  readonly doubts?: Doubts
}

/** One webhook is kept in the stream of each user it speaks of: far more than a company and its people is no webhook. */
const MOST_USERS = 1000

/** So many of its users are told at a time: what is made for them is not in memory a thousand times over, and others have their turns. */
const TOGETHER = 32

const isOfNobody = ({ userId }: Addressed): boolean => userId === null

/** Those who are told together, in their order. What nobody could be found for comes last: whoever it names has heard it by then. */
const inTurn = (facts: readonly Addressed[]): readonly (readonly Addressed[])[] => {
  const ofUsers = facts.filter((fact) => !isOfNobody(fact))
  const groups = Array.from({ length: Math.ceil(ofUsers.length / TOGETHER) }, (_, group) =>
    ofUsers.slice(group * TOGETHER, (group + 1) * TOGETHER),
  )
  return [...groups, facts.filter(isOfNobody)]
}

const outcomeOf = (recorded: readonly Recorded[], unread: readonly Standing[]): DeliveryOutcome => {
  const events = recorded.flatMap((one) => (one.outcome === 'erased' ? [] : [one.standing]))
  if (events.length === 0) return { _tag: 'Erased' }
  return recorded.some(({ outcome }) => outcome === 'appended')
    ? { _tag: 'Appended', events, unread }
    : { _tag: 'Duplicate', events }
}

/**
 * The way of a webhook: raw bytes, envelope, signature over the raw slice of the payload, meaning, append. What is not
 * appended and not ignored is kept for the operator, and a delivery that can be neither is `NotStored`: the sender has
 * to send it again. So is one that nobody vouches for and is more than may be spent on such (`OverBudget`).
 */
export const receiveDelivery =
  ({
    recorder,
    secrets,
    keep,
    letGo = async () => undefined,
    isErased = () => false,
    doubts = WITHOUT_BOUND,
  }: Receiving) =>
  async (delivery: Delivery): Promise<DeliveryOutcome> => {
    const { body, contentType, receivedAt } = delivery
    const kept = async (reason: JournalReason, outcome: DeliveryOutcome): Promise<DeliveryOutcome> => {
      const keeping = await keep({ receivedAt, reason, contentType, body, source: doubts.source })
      return E.isRight(keeping) ? outcome : { _tag: 'NotStored', reason: keeping.left }
    }

    const examined = await inSpan('verify', {}, async (span) => {
      const verdict = await examine(body, secrets(), doubts)
      span?.setAttribute('kyc.verdict', verdictOf(verdict))
      return verdict
    })
    if (examined._tag !== 'Verified') {
      const retryAfterSeconds = await doubts.spend(body.byteLength)
      if (retryAfterSeconds !== null || examined._tag === 'NotExamined')
        return { _tag: 'OverBudget', retryAfterSeconds: retryAfterSeconds ?? 1 }
      return kept(...REFUSED[examined._tag])
    }
    doubts.vouched()
    const { webhook, verified } = examined

    const spokenOf = factsOf(webhook, verified, delivery)
    if (spokenOf.length === 0) return { _tag: 'Ignored' }
    const facts = ofLiving(spokenOf, isErased)
    let namesErased = facts.length < spokenOf.length
    if (namesErased) await letGo()
    /** What names somebody who was erased is kept nowhere. */
    const keptIfLiving = (reason: JournalReason, outcome: DeliveryOutcome): Promise<DeliveryOutcome> =>
      namesErased ? Promise.resolve(outcome) : kept(reason, outcome)
    if (facts.length > MOST_USERS) {
      return keptIfLiving('store-refused', { _tag: 'NotStored', reason: 'the webhook speaks of more than 1000 users' })
    }
    const recorded: Recorded[] = []
    const unread: Standing[] = []
    let failed: RecordError | null = null
    let isReached = true
    for (const together of inTurn(facts)) {
      // One stream that takes nothing more keeps nobody else from being told; a store that is out of reach keeps everybody.
      if (!isReached || (failed !== null && together.some(isOfNobody))) break
      const results = await Promise.all(
        together.map(async (one) => {
          const fact = one.fact()
          return { isUnread: isUnread(fact), result: await recorder.record(fact)() }
        }),
      )
      if (results.some(({ result }) => E.isRight(result) && result.right.outcome === 'erased')) {
        namesErased = true
        await letGo()
      }
      for (const { isUnread, result } of results) {
        if (E.isRight(result)) {
          recorded.push(result.right)
          if (isUnread && result.right.outcome === 'appended') unread.push(result.right.standing)
        } else {
          failed ??= result.left
          isReached &&= result.left._tag === 'AppendRefused'
        }
      }
    }
    if (failed !== null) {
      const notStored: DeliveryOutcome = { _tag: 'NotStored', reason: failed.reason }
      return failed._tag === 'AppendRefused' ? keptIfLiving('store-refused', notStored) : notStored
    }
    const outcome = outcomeOf(recorded, unread)
    return recorded.some((one) => one.outcome === 'echo-refused') ? keptIfLiving('echo-limit', outcome) : outcome
  }
