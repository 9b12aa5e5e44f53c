import * as E from 'fp-ts/lib/Either.js'
import * as O from 'fp-ts/lib/Option.js'
import type { UserId } from '../../domain/identifiers.ts'
import type { JournalEntry, JournalReason } from '../journal/entry.ts'
import { decodeUtf8, readEnvelope } from '../webhooks/envelope.ts'
import { verifySignature, type WebhookSecret } from '../webhooks/signature.ts'
import type { Delivery, DeliveryOutcome } from './delivery.ts'
import { isOfNobody, isUnread } from './fact.ts'
import { factsOf, ofLiving } from './factsOf.ts'
import type { FactRecorder, Recorded } from './recordFact.ts'
import type { Standing } from './streamHead.ts'

export interface Receiving {
  readonly recorder: FactRecorder
  readonly secrets: readonly WebhookSecret[]
  /** Keeps a delivery that is not appended; resolves once it is on disk. */
  readonly keep: (entry: JournalEntry) => Promise<E.Either<string, void>>
  /** Lets go of what was kept of this delivery when it came before. */
  readonly letGo?: () => Promise<void>
  /** Whether a user was erased: nothing that comes of him is kept. */
  readonly isErased?: (userId: UserId) => boolean
}

/** One webhook is kept in the stream of each user it speaks of: far more than a company and its people is no webhook. */
const MOST_USERS = 1000

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
 * to send it again.
 */
export const receiveDelivery =
  ({ recorder, secrets, keep, letGo = async () => undefined, isErased = () => false }: Receiving) =>
  async (delivery: Delivery): Promise<DeliveryOutcome> => {
    const { body, contentType, receivedAt } = delivery
    const kept = async (reason: JournalReason, outcome: DeliveryOutcome): Promise<DeliveryOutcome> => {
      const keeping = await keep({ receivedAt, reason, contentType, body })
      return E.isRight(keeping) ? outcome : { _tag: 'NotStored', reason: keeping.left }
    }

    const text = decodeUtf8(body)
    if (E.isLeft(text)) return kept('not-json', { _tag: 'NotAWebhook', detail: 'the body is not UTF-8 text' })
    const envelope = readEnvelope(text.right)
    if (E.isLeft(envelope)) {
      return envelope.left._tag === 'NotJson'
        ? kept('not-json', { _tag: 'NotAWebhook', detail: 'the body is not JSON' })
        : kept('not-a-webhook', { _tag: 'NotAWebhook', detail: 'the body is JSON, but not an object' })
    }
    if (envelope.right._tag === 'NoPayload') return kept('no-payload', { _tag: 'Noted' })

    const webhook = envelope.right
    const verified = verifySignature(webhook.payloadText, webhook.signature, secrets)
    if (O.isNone(verified)) return kept('signature', { _tag: 'NotVerified' })

    const spokenOf = factsOf(webhook, verified.value, delivery)
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
    // What nobody could be found for comes last: whoever it names has heard it by then.
    const [ofNobody, ofUsers] = [facts.filter(isOfNobody), facts.filter((fact) => !isOfNobody(fact))]
    const recorded: Recorded[] = []
    const unread: Standing[] = []
    for (const some of [ofUsers, ofNobody]) {
      const results = await Promise.all(some.map(async (fact) => ({ fact, result: await recorder.record(fact)() })))
      if (results.some(({ result }) => E.isRight(result) && result.right.outcome === 'erased')) {
        namesErased = true
        await letGo()
      }
      for (const { fact, result } of results) {
        if (E.isRight(result)) {
          const one = result.right
          recorded.push(one)
          if (isUnread(fact) && one.outcome === 'appended') unread.push(one.standing)
        } else if (result.left._tag === 'AppendRefused') {
          return keptIfLiving('store-refused', { _tag: 'NotStored', reason: result.left.reason })
        } else return { _tag: 'NotStored', reason: result.left.reason }
      }
    }
    const outcome = outcomeOf(recorded, unread)
    return recorded.some((one) => one.outcome === 'echo-refused') ? keptIfLiving('echo-limit', outcome) : outcome
  }
