import { statedTime } from '../../domain/event/dating.ts'
import type { UserId } from '../../domain/identifiers.ts'
import { shownName } from '../../domain/treezor/family.ts'
import { interpret } from '../../domain/treezor/interpretation.ts'
import { familyFor, type Interpretation } from '../../domain/treezor/meaning.ts'
import { readWebhookCreatedAt } from '../../domain/treezor/webhookCreatedAt.ts'
import { OWN_TYPES } from '../ledger/ownEvent.ts'
import { streamOf, UNATTRIBUTED } from '../ledger/streams.ts'
import { payloadHash } from '../webhooks/canonicalJson.ts'
import type { Webhook } from '../webhooks/envelope.ts'
import type { Verified } from '../webhooks/signature.ts'
import type { Delivery } from './delivery.ts'
import type { Fact } from './fact.ts'

/** An id is not signed; one that is longer than any id counts as missing. */
const LONGEST_ID = 128

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
export const factsOf = (webhook: Webhook, verified: Verified, delivery: Delivery): readonly Fact[] => {
  const interpretation = interpret(webhook)
  const { statements, unattributable } = interpretation
  const fact = factOf(webhook, verified, interpretation, delivery)
  const attributed = [...new Set(statements.map(({ userId }) => userId))].map(fact)
  return unattributable.length > 0 ? [...attributed, fact(null)] : attributed
}
