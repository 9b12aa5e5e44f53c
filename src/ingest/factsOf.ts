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
import { partsIn } from '../webhooks/division.ts'
import type { Webhook } from '../webhooks/envelope.ts'
import type { Verified } from '../webhooks/signature.ts'
import type { Delivery } from './delivery.ts'
import type { Fact, WholeFact } from './fact.ts'

/** An id is not signed; one that is longer than any id counts as missing. */
const LONGEST_ID = 128

/**
 * Names are not signed: one that a store could take for something of its own does not become a type, nor one that this
 * service gives to what it writes itself.
 */
const eventTypeOf = (name: string | null): string => shownName(name) ?? 'webhook.unnamed'

/** All of a webhook, for whom it speaks of alone; with `null`, for nobody. `said` has at least all that it says of him. */
const factOf = (webhook: Webhook, verified: Verified, delivery: Delivery) => {
  const claimed = readWebhookCreatedAt(webhook.webhookCreatedAt)
  const { webhookId } = webhook
  const hash = payloadHash(verified.canonical)
  return (userId: UserId | null, said: Interpretation): Fact => ({
    stream: userId === null ? UNATTRIBUTED : streamOf(userId),
    type: eventTypeOf(webhook.name),
    data: webhook.webhookText,
    metadata: {
      family: familyFor(said, userId),
      payloadHash: hash,
      elementHash: null,
      webhookId: webhookId !== null && webhookId.length <= LONGEST_ID ? webhookId : null,
      webhookCreatedAt: claimed.claim === 'read' ? claimed.at : null,
      claim: claimed.claim,
      userId,
      ...statedTime(said, userId),
      receivedAt: delivery.receivedAt,
      secret: verified.secretFingerprint,
    },
    resubmitted: delivery.resubmitted,
    whole: null,
  })
}

/** `object_id` may be another user's: it is kept beside his own part, and where it is nobody's, which is odd and remarked. */
const keepsObjectId = ({ objectId }: Webhook, { statements }: Interpretation) => {
  const isNobodys = !objectIdAgrees(objectId, statements)
  return (own: Interpretation): boolean =>
    isNobodys || own.statements.some((statement) => payloadId(statement) === objectId)
}

/** What a webhook says to one user, or to nobody: made when its turn comes, so that of a thousand only few are in memory at a time. */
export interface Addressed {
  readonly userId: UserId | null
  readonly fact: () => Fact
}

/**
 * Of a webhook that speaks of several: for each his part alone, and for nobody what names nobody. It stands whole in a stream of
 * its own, which is named by the id that its event would have without a user.
 */
const partsOf = (
  webhook: Webhook,
  interpretation: Interpretation,
  users: readonly (UserId | null)[],
  factFor: (userId: UserId | null, said: Interpretation) => Fact,
): readonly Addressed[] => {
  const shareOf = divided(webhook, interpretation)
  const withPart = partsIn(webhook)
  const keepsId = keepsObjectId(webhook, interpretation)
  const ofEach = Map.groupBy(interpretation.statements, ({ userId }) => userId)
  const ofNobody = factFor(null, interpretation)
  const whole: WholeFact = {
    ...ofNobody,
    users: users.filter((userId) => userId !== null),
    stream: sharedStream(eventIdOf(factName(ofNobody.metadata, null))),
  }
  const partFor = (userId: UserId | null): Fact => {
    const said = { ...interpretation, statements: (userId !== null && ofEach.get(userId)) || [] }
    const fact = factFor(userId, said)
    const { data, hash } = withPart(shareOf(userId), keepsId(said))
    return { ...fact, data, metadata: { ...fact.metadata, elementHash: hash }, whole }
  }
  return users.map((userId) => ({ userId, fact: () => partFor(userId) }))
}

/** One fact for each user that the webhook speaks of, and one for what cannot be attributed; none if it is foreign. */
export const factsOf = (
  webhook: Webhook,
  verified: Verified,
  delivery: Delivery,
  interpretation: Interpretation = interpret(webhook),
): readonly Addressed[] => {
  const users = spokenOf(interpretation)
  if (users.length === 0) return []
  const factFor = factOf(webhook, verified, delivery)
  return users.length > 1
    ? partsOf(webhook, interpretation, users, factFor)
    : users.map((userId) => ({ userId, fact: () => factFor(userId, interpretation) }))
}

/** The facts that are kept, where some of the users were erased: those of the others, and no whole, since that names an erased one. */
export const ofLiving = (facts: readonly Addressed[], isErased: (userId: UserId) => boolean): readonly Addressed[] => {
  const living = facts.filter(({ userId }) => userId === null || !isErased(userId))
  return living.length === facts.length
    ? facts
    : living.map(({ userId, fact }) => ({ userId, fact: () => ({ ...fact(), whole: null }) }))
}
