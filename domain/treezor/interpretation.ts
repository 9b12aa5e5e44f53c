import { isRight } from 'fp-ts/lib/Either.js'
import { Document, documentStatement, OrphanDocument, type OrphanStatement, orphanStatement } from './document.ts'
import { Identification, identificationStatement, notVouching } from './identification.ts'
import { Kyc, kycStatement } from './kyc.ts'
import { Liveness, livenessStatement } from './liveness.ts'
import { type Interpretation, meaningOfMany, meaningOfOne } from './meaning.ts'
import { mentionsIn } from './mentions.ts'
import { familyOfPayload } from './shape.ts'
import { mayBeOurs, unreadStatements } from './unread.ts'
import { User, userStatement } from './user.ts'
import type { Webhook } from './webhook.ts'

/** What is of no known shape is heard by whom it names; what names nobody is evidence, if it may be of this service. */
const ofNoShape = (payload: unknown, name: string | null): Interpretation => {
  const mentions = mentionsIn(payload)
  const isOurs = mayBeOurs(mentions, name)
  const statements = isOurs ? unreadStatements(mentions, '', null, name) : []
  const unattributable = isOurs && statements.length === 0 ? ['object_payload'] : []
  return { family: null, statements, orphans: [], unattributable }
}

/** The documents of a payload that name themselves and nobody. */
const orphansOf = (payload: unknown): readonly OrphanStatement[] =>
  ((payload as { readonly documents: readonly unknown[] }).documents ?? []).flatMap((element, index) => {
    const owned = Document.decode(element)
    const orphan = OrphanDocument.decode(element)
    const isOrphan = !isRight(owned) && mentionsIn(element).users.length === 0
    return isOrphan && isRight(orphan) ? [orphanStatement(orphan.right, `documents[${index}]`)] : []
  })

const withOrphans = (interpretation: Interpretation, payload: unknown): Interpretation =>
  interpretation.unattributable.length === 0 ? interpretation : { ...interpretation, orphans: orphansOf(payload) }

/**
 * Tells what a webhook means. What the signed payload says decides, not what the webhook is called: the name only tells
 * QES from video conference. Total: a payload of any shape gives an answer, and nothing unknown reads as a success.
 */
export const interpret = ({ name, objectId, payload }: Webhook): Interpretation => {
  const family = familyOfPayload(payload, name)
  switch (family) {
    case 'user':
      return meaningOfMany(family, 'users', User, payload, userStatement)
    case 'document':
      return withOrphans(meaningOfMany(family, 'documents', Document, payload, documentStatement), payload)
    case 'kyc':
      return meaningOfOne(family, Kyc, payload, (kyc) => [kycStatement(kyc)])
    case 'liveness':
      return meaningOfOne(family, Liveness, payload, (liveness) => [livenessStatement(liveness, objectId)])
    case 'qes':
    case 'videoConference':
      return meaningOfOne(family, Identification, payload, (one) => [identificationStatement(family, one)])
    case 'identification':
      return meaningOfOne(family, Identification, payload, (one) => [
        notVouching(identificationStatement('qes', one)),
        notVouching(identificationStatement('videoConference', one)),
      ])
    case null:
      return ofNoShape(payload, name)
    default:
      return family satisfies never
  }
}
