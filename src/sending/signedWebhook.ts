import * as E from 'fp-ts/lib/Either.js'
import { isUserId, type UserId } from '../../domain/identifiers.ts'
import { readEnvelope, type Webhook } from '../webhooks/envelope.ts'
import { sign } from '../webhooks/signature.ts'
import { ofOtherUser } from './otherUser.ts'
import { withMembers } from './withMembers.ts'

/** A webhook that is ready to be delivered. */
export interface SignedWebhook {
  readonly name: string | null
  readonly body: string
  /** What whoever sends it should know. */
  readonly remarks: readonly string[]
}

/** The objects whose `object_id` is the id of the user whom the payload names. */
const OF_ITS_USER: readonly (string | null)[] = ['user', 'kyc']

const otherUserIn = (webhook: Webhook, userId: UserId) => {
  const other = ofOtherUser(webhook.payloadText, userId)
  if (E.isLeft(other)) return other
  const { payloadText, instead } = other.right
  const members = new Map([['object_payload', payloadText]])
  if (OF_ITS_USER.includes(webhook.object) && webhook.objectId === instead) members.set('object_id', `"${userId}"`)
  const remarks = isUserId(instead) ? [] : ['the user whom it names has no id that can be one: yours stands there now']
  return E.right({ payloadText, members, remarks })
}

/**
 * Signs a webhook, flat or nested, with the secret, if asked as one about another user. But for his id and the signature its text stays as it
 * is. `Left` says what is wrong with it.
 */
export const signedWebhook = (
  body: string,
  secret: string,
  userId: UserId | null = null,
): E.Either<string, SignedWebhook> => {
  const text = body.startsWith('\ufeff') ? body.slice(1) : body
  const envelope = readEnvelope(text)
  if (E.isLeft(envelope) || envelope.right._tag === 'NoPayload')
    return E.left('it is no webhook: a JSON object with an object_payload is expected, flat or nested')
  const webhook = envelope.right
  const about =
    userId === null
      ? E.right({ payloadText: webhook.payloadText, members: new Map<string, string>(), remarks: [] })
      : otherUserIn(webhook, userId)
  if (E.isLeft(about)) return about
  const { payloadText, members, remarks } = about.right
  members.set('object_payload_signature', JSON.stringify(sign(payloadText, secret)))
  return E.right({ name: webhook.name, body: withMembers(text, members), remarks })
}
