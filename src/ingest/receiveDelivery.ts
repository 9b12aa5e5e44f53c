import * as E from 'fp-ts/lib/Either.js'
import type { UserId } from '../../domain/identifiers.ts'
import type { JournalEntry, JournalReason } from '../journal/entry.ts'
import { inSpan, tracing } from '../tracing/tracing.ts'
import { type Examined, examine, type Spending } from '../webhooks/examine.ts'
import type { WebhookSecret } from '../webhooks/signature.ts'
import type { Delivery, DeliveryOutcome } from './delivery.ts'
import { type Fact, isUnread } from './fact.ts'
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

/** What came of it when somebody was told. */
interface Told {
  readonly isUnread: boolean
  readonly result: E.Either<RecordError, Recorded>
}

const tell = async (recorder: FactRecorder, fact: Fact): Promise<Told> => {
  const result = await recorder.record(fact)()
  return { isUnread: isUnread(fact), result }
}

const tellAll = async (recorder: FactRecorder, facts: readonly Addressed[]): Promise<readonly Told[]> => {
  const told: Told[] = []
  const failures = () => told.flatMap(({ result }) => (E.isLeft(result) ? [result.left] : []))
  for (const together of inTurn(facts)) {
    // One stream that takes nothing more keeps nobody else from being told; a store that is out of reach keeps everybody.
    const failed = failures()
    if (failed.some(({ _tag }) => _tag !== 'AppendRefused') || (failed.length > 0 && together.some(isOfNobody))) break
    told.push(...(await Promise.all(together.map((one) => tell(recorder, one.fact())))))
  }
  return told
}

const outcomeOf = (recorded: readonly Recorded[], unread: readonly Standing[]): DeliveryOutcome => {
  const events = recorded.flatMap((one) => (one.outcome === 'erased' ? [] : [one.standing]))
  if (events.length === 0) return { _tag: 'Erased' }
  return recorded.some(({ outcome }) => outcome === 'appended')
    ? { _tag: 'Appended', events, unread }
    : { _tag: 'Duplicate', events }
}

const examined = (body: Uint8Array, secrets: readonly WebhookSecret[], doubts: Doubts): Examined | Promise<Examined> =>
  tracing() === null
    ? examine(body, secrets, doubts)
    : inSpan('verify', {}, async (span) => {
        const verdict = await examine(body, secrets, doubts)
        span?.setAttribute('kyc.verdict', verdictOf(verdict))
        return verdict
      })

/**
 * The way of a webhook: raw bytes, envelope, signature over the raw slice of the payload, meaning, append. What is not
 * appended and not ignored is kept for the operator, and a delivery that can be neither is `NotStored`: the sender has
 * to send it again. So is one that nobody vouches for and is more than may be spent on such (`OverBudget`).
 */
export const receiveDelivery = ({
  recorder,
  secrets,
  keep,
  letGo = async () => undefined,
  isErased = () => false,
  doubts = WITHOUT_BOUND,
}: Receiving) => {
  const kept = async (
    { body, contentType, receivedAt }: Delivery,
    reason: JournalReason,
    outcome: DeliveryOutcome,
  ): Promise<DeliveryOutcome> => {
    const keeping = await keep({ receivedAt, reason, contentType, body, source: doubts.source })
    return E.isRight(keeping) ? outcome : { _tag: 'NotStored', reason: keeping.left }
  }

  const refused = async (
    delivery: Delivery,
    { _tag }: Exclude<Examined, { readonly _tag: 'Verified' }>,
  ): Promise<DeliveryOutcome> => {
    const retryAfterSeconds = await doubts.spend(delivery.body.byteLength)
    if (retryAfterSeconds !== null || _tag === 'NotExamined')
      return { _tag: 'OverBudget', retryAfterSeconds: retryAfterSeconds ?? 1 }
    return kept(delivery, ...REFUSED[_tag])
  }

  /** What names somebody who was erased is kept nowhere. */
  const keptIfLiving = (
    delivery: Delivery,
    namesErased: boolean,
    reason: JournalReason,
    outcome: DeliveryOutcome,
  ): DeliveryOutcome | Promise<DeliveryOutcome> => (namesErased ? outcome : kept(delivery, reason, outcome))

  const cameTo = async (delivery: Delivery, told: readonly Told[], namedErased: boolean): Promise<DeliveryOutcome> => {
    const recorded: Recorded[] = []
    const unread: Standing[] = []
    let failed: RecordError | null = null
    for (const { isUnread, result } of told) {
      if (E.isLeft(result)) failed ??= result.left
      else {
        recorded.push(result.right)
        if (isUnread && result.right.outcome === 'appended') unread.push(result.right.standing)
      }
    }
    const metErased = recorded.some(({ outcome }) => outcome === 'erased')
    if (metErased) await letGo()
    const namesErased = namedErased || metErased
    if (failed !== null) {
      const notStored: DeliveryOutcome = { _tag: 'NotStored', reason: failed.reason }
      return failed._tag === 'AppendRefused'
        ? keptIfLiving(delivery, namesErased, 'store-refused', notStored)
        : notStored
    }
    const outcome = outcomeOf(recorded, unread)
    return recorded.some((one) => one.outcome === 'echo-refused')
      ? keptIfLiving(delivery, namesErased, 'echo-limit', outcome)
      : outcome
  }

  const tellLiving = async (
    delivery: Delivery,
    facts: readonly Addressed[],
    namesErased: boolean,
  ): Promise<DeliveryOutcome> => {
    if (namesErased) await letGo()
    if (facts.length > MOST_USERS) {
      const reason = 'the webhook speaks of more than 1000 users'
      return keptIfLiving(delivery, namesErased, 'store-refused', { _tag: 'NotStored', reason })
    }
    return cameTo(delivery, await tellAll(recorder, facts), namesErased)
  }

  /** Not `async`, nor what it calls for a webhook of one user: what waits holds on to all that it has read, and the fact alone is needed. */
  const taken = (delivery: Delivery, verdict: Examined): Promise<DeliveryOutcome> => {
    if (verdict._tag !== 'Verified') return refused(delivery, verdict)
    doubts.vouched()
    const spokenOf = factsOf(verdict.webhook, verdict.verified, delivery)
    if (spokenOf.length === 0) return Promise.resolve({ _tag: 'Ignored' })
    const facts = ofLiving(spokenOf, isErased)
    const namesErased = facts.length < spokenOf.length
    const [first, another] = facts
    if (namesErased || first === undefined || another !== undefined) return tellLiving(delivery, facts, namesErased)
    return tell(recorder, first.fact()).then((told) => cameTo(delivery, [told], false))
  }

  return (delivery: Delivery): Promise<DeliveryOutcome> => {
    const verdict = examined(delivery.body, secrets(), doubts)
    return verdict instanceof Promise ? verdict.then((one) => taken(delivery, one)) : taken(delivery, verdict)
  }
}
