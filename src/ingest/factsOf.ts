import { statedTime } from '../../domain/event/dating.ts'
import { factName } from '../../domain/event/identity.ts'
import type { UserId } from '../../domain/identifiers.ts'
import { objectIdAgrees, payloadId } from '../../domain/state/remarks.ts'
import { divided, spokenOf } from '../../domain/treezor/division.ts'
import { shownName } from '../../domain/treezor/family.ts'
import { interpret } from '../../domain/treezor/interpretation.ts'
import { familyFor, type Interpretation } from '../../domain/treezor/meaning.ts'
import { readWebhookCreatedAt } from '../../domain/treezor/webhookCreatedAt.ts'
import { eventIdOf } from '../ledger/eventId.ts'
import { sharedStream, streamOf, UNATTRIBUTED } from '../ledger/streams.ts'
import { payloadHash } from '../webhooks/canonicalJson.ts'
import { withPart } from '../webhooks/division.ts'
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
const eventTypeOf = (name: string | null): string => shownName(name) ?? 'webhook.unnamed'

/** All of a webhook, for whom it speaks of alone; with `null`, for nobody. */
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
      elementHash: null,
      webhookId: webhookId !== null && webhookId.length <= LONGEST_ID ? webhookId : null,
      webhookCreatedAt: claimed.claim === 'read' ? claimed.at : null,
      claim: claimed.claim,
      userId,
      ...statedTime(interpretation, userId),
      receivedAt: delivery.receivedAt,
      secret: verified.secretFingerprint,
    },
    resubmitted: delivery.resubmitted,
    whole: null,
  })
}

/** `object_id` may be another user's: it is kept beside his own part, and where it is nobody's, which is odd and remarked. */
const keepsObjectId = ({ objectId }: Webhook, { statements }: Interpretation, userId: UserId | null): boolean => {
  const own = statements.filter((statement) => statement.userId === userId)
  return own.some((statement) => payloadId(statement) === objectId) || !objectIdAgrees(objectId, statements)
}

/**
 * Of a webhook that speaks of several: for each his part alone, and for nobody what names nobody. It stands whole in a stream of
 * its own, which is named by the id that its event would have without a user.
 */
const partsOf = (webhook: Webhook, interpretation: Interpretation, facts: readonly Fact[], ofNobody: Fact) => {
  const shareOf = divided(webhook, interpretation)
  const users = facts.flatMap(({ metadata: { userId } }) => (userId === null ? [] : [userId]))
  const whole = { ...ofNobody, users, stream: sharedStream(eventIdOf(factName(ofNobody.metadata, null))) }
  return facts.map((fact): Fact => {
    const { userId } = fact.metadata
    const { data, hash } = withPart(webhook, shareOf(userId), keepsObjectId(webhook, interpretation, userId))
    return { ...fact, data, metadata: { ...fact.metadata, elementHash: hash }, whole }
  })
}

/** One fact for each user that the webhook speaks of, and one for what cannot be attributed; none if it is foreign. */
export const factsOf = (webhook: Webhook, verified: Verified, delivery: Delivery): readonly Fact[] => {
  const interpretation = interpret(webhook)
  const fact = factOf(webhook, verified, interpretation, delivery)
  const facts = spokenOf(interpretation).map(fact)
  return facts.length > 1 ? partsOf(webhook, interpretation, facts, fact(null)) : facts
}

/** The facts that are kept, where some of the users were erased: those of the others, and no whole, since that names an erased one. */
export const ofLiving = (facts: readonly Fact[], isErased: (userId: UserId) => boolean): readonly Fact[] => {
  const living = facts.filter(({ metadata: { userId } }) => userId === null || !isErased(userId))
  return living.length === facts.length ? facts : living.map((fact) => ({ ...fact, whole: null }))
}
