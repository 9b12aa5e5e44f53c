import * as E from 'fp-ts/lib/Either.js'
import * as O from 'fp-ts/lib/Option.js'
import { statedTime } from '../../domain/event/dating.ts'
import { OWN_TYPES } from '../../domain/event/storedEvent.ts'
import type { UserId } from '../../domain/identifiers.ts'
import type { Instant } from '../../domain/instant.ts'
import { shownName } from '../../domain/treezor/family.ts'
import { interpret } from '../../domain/treezor/interpretation.ts'
import { familyFor, type Interpretation } from '../../domain/treezor/meaning.ts'
import { readWebhookCreatedAt } from '../../domain/treezor/webhookCreatedAt.ts'
import type { JournalEntry, JournalReason } from '../journal/entry.ts'
import { streamOf, UNATTRIBUTED } from '../ledger/streams.ts'
import { decodeUtf8, readEnvelope, type Webhook } from '../webhooks/envelope.ts'
import { payloadHash } from '../webhooks/payloadHash.ts'
import { type Verified, verifySignature, type WebhookSecret } from '../webhooks/signature.ts'
import type { Fact, FactRecorder, Recorded } from './recordFact.ts'
import type { Standing } from './streamHead.ts'

/** What became of a delivery. Of the first four, the sender need not (and will not) send it again. */
export type DeliveryOutcome =
  /** `unread`: those that their users hear of and that cannot be read. */
  | { readonly _tag: 'Appended'; readonly events: readonly Standing[]; readonly unread: readonly Standing[] }
  | { readonly _tag: 'Duplicate'; readonly events: readonly Standing[] }
  | { readonly _tag: 'Ignored' }
  | { readonly _tag: 'Noted' }
  | { readonly _tag: 'NotAWebhook'; readonly detail: string }
  | { readonly _tag: 'NotVerified' }
  | { readonly _tag: 'NotStored'; readonly reason: string }

export interface Receiving {
  readonly recorder: FactRecorder
  readonly secrets: readonly WebhookSecret[]
  /** Keeps a delivery that is not appended; resolves once it is on disk. */
  readonly keep: (entry: JournalEntry) => Promise<E.Either<string, void>>
}

export interface Delivery {
  readonly body: Uint8Array
  readonly contentType: string | null
  /** When it was first received. */
  readonly receivedAt: Instant
  /** It was refused then, and comes again: from an operator, or from the provider. */
  readonly resubmitted: boolean
}

/** An id is not signed; one that is longer than any id counts as missing. */
const LONGEST_ID = 128
/** One webhook is kept in the stream of each user it speaks of: far more than a company and its people is no webhook. */
const MOST_USERS = 1000

/**
 * Names are not signed: one that a store could take for something of its own does not become a type, nor one that this
 * service gives to what it writes itself.
 */
const eventTypeOf = (name: string | null): string => {
  const shown = shownName(name)
  return shown === null || shown.startsWith(OWN_TYPES) ? 'webhook.unnamed' : shown
}

const factOf = (webhook: Webhook, verified: Verified, interpretation: Interpretation, delivery: Delivery) => {
  const claimed = readWebhookCreatedAt(webhook.webhookCreatedAt)
  const { webhookId } = webhook
  return (userId: UserId | null): Fact => ({
    stream: userId === null ? UNATTRIBUTED : streamOf(userId),
    type: eventTypeOf(webhook.name),
    data: webhook.webhookText,
    metadata: {
      family: familyFor(interpretation, userId),
      payloadHash: payloadHash(verified.canonical),
      webhookId: webhookId !== null && webhookId.length <= LONGEST_ID ? webhookId : null,
      webhookCreatedAt: claimed.claim === 'read' ? claimed.at : null,
      claim: claimed.claim,
      userId,
      ...statedTime(interpretation, userId),
      receivedAt: delivery.receivedAt,
      secret: verified.secretFingerprint,
    },
    resubmitted: delivery.resubmitted,
  })
}

/** One fact for each user that the webhook speaks of, and one for what cannot be attributed; none if it is foreign. */
const factsOf = (webhook: Webhook, verified: Verified, delivery: Delivery): readonly Fact[] => {
  const interpretation = interpret(webhook)
  const { statements, unattributable } = interpretation
  const fact = factOf(webhook, verified, interpretation, delivery)
  const attributed = [...new Set(statements.map(({ userId }) => userId))].map(fact)
  return unattributable.length > 0 ? [...attributed, fact(null)] : attributed
}

const isOfNobody = ({ metadata }: Fact): boolean => metadata.userId === null

const isUnread = ({ metadata }: Fact): boolean => metadata.userId !== null && metadata.family === null

const outcomeOf = (recorded: readonly Recorded[], unread: readonly Standing[]): DeliveryOutcome => {
  const events = recorded.map(({ standing }) => standing)
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
  ({ recorder, secrets, keep }: Receiving) =>
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

    const facts = factsOf(webhook, verified.value, delivery)
    if (facts.length === 0) return { _tag: 'Ignored' }
    if (facts.length > MOST_USERS) {
      return kept('store-refused', { _tag: 'NotStored', reason: 'the webhook speaks of more than 1000 users' })
    }
    // What nobody could be found for comes last: whoever it names has heard it by then.
    const [ofNobody, ofUsers] = [facts.filter(isOfNobody), facts.filter((fact) => !isOfNobody(fact))]
    const recorded: Recorded[] = []
    const unread: Standing[] = []
    for (const some of [ofUsers, ofNobody]) {
      const results = await Promise.all(some.map(async (fact) => ({ fact, result: await recorder.record(fact)() })))
      for (const { fact, result } of results) {
        if (E.isRight(result)) {
          recorded.push(result.right)
          if (isUnread(fact) && result.right.outcome === 'appended') unread.push(result.right.standing)
        } else if (result.left._tag === 'AppendRefused') {
          return kept('store-refused', { _tag: 'NotStored', reason: result.left.reason })
        } else return { _tag: 'NotStored', reason: result.left.reason }
      }
    }
    const outcome = outcomeOf(recorded, unread)
    return recorded.some((one) => one.outcome === 'echo-refused') ? kept('echo-limit', outcome) : outcome
  }
