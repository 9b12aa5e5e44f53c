import * as E from 'fp-ts/lib/Either.js'
import * as J from 'fp-ts/lib/Json.js'
import * as O from 'fp-ts/lib/Option.js'
import { isAltered } from '../../domain/event/altered.ts'
import { readUserEvent } from '../../domain/event/kycEvent.ts'
import type { RecordedEvent } from '../eventStore/recordedEvent.ts'
import { isMissingEvent } from '../ledger/missingEvent.ts'
import { isOwnEvent } from '../ledger/ownEvent.ts'
import {
  ACCESSES,
  ERASURES,
  HOLDS,
  KYC_LOG,
  RECONCILIATION,
  SEALS,
  sharedStream,
  UNATTRIBUTED,
  userOfStream,
} from '../ledger/streams.ts'
import { type CanonicalJson, canonicalise, payloadHash as payloadHashOf } from '../webhooks/canonicalJson.ts'
import { readEnvelope } from '../webhooks/envelope.ts'
import { verifySignature, type WebhookSecret } from '../webhooks/signature.ts'
import { hasPayload } from '../webhooks/storedPayload.ts'

/**
 * What looking at an event by itself shows:
 * - `own`: this service wrote it: nothing in it is signed by the provider;
 * - `altered`: its payload, or what this service wrote itself, is not the one that was recorded, by the hash beside it;
 * - `unreadable`: it is no webhook, or its metadata tell no hash;
 * - `misplaced`: it was recorded for another user than the one in whose stream it stands;
 * - `signed`: the provider's signature over its payload is good under one of the secrets;
 * - `other-secret`: it was verified under a secret that is not among those given, and the hash agrees;
 * - `part`: it holds what a webhook says of one of several users, and that is what was recorded, by its hash; the provider's
 *   signature is over the whole, which stands elsewhere, if it does (`partsCheck`);
 * - `forged`: the secret it says it was verified under is given, and the signature is not good.
 */
export type Look = 'own' | 'altered' | 'unreadable' | 'misplaced' | 'signed' | 'other-secret' | 'part' | 'forged'

/** How many events showed what, before any was looked at. */
export const NO_LOOKS: Readonly<Record<Look, number>> = {
  own: 0,
  altered: 0,
  unreadable: 0,
  misplaced: 0,
  signed: 0,
  'other-secret': 0,
  part: 0,
  forged: 0,
}

/** Which looks show that something is wrong, in words. */
export const WHAT_IS_WRONG: Readonly<Partial<Record<Look, string>>> = {
  altered: 'its payload is not the one that was recorded: their hashes differ',
  unreadable: "it is no webhook with its metadata, nor anything of this service's own that can be read there",
  misplaced: 'by its metadata it was recorded for another stream',
  forged: "the provider's signature over its payload is not good",
}

const metadataOf = (text: string): Readonly<Record<string, unknown>> | null => {
  const json = J.parse(text)
  return E.isRight(json) && typeof json.right === 'object' && json.right !== null
    ? (json.right as unknown as Readonly<Record<string, unknown>>)
    : null
}

/** Where this service writes events of its own, and, in the stream of a user, which; anywhere else one that says so is none. */
const isOwnPlace = (event: RecordedEvent): boolean =>
  [KYC_LOG, SEALS, ACCESSES, ERASURES, HOLDS, RECONCILIATION].includes(event.stream) ||
  isMissingEvent(event) ||
  (userOfStream(event.stream) !== null && E.isRight(readUserEvent(event)))

/** Whether metadata that name this user, or nobody, go with the stream. */
const isStreamOf = ({ stream, eventId }: RecordedEvent, userId: unknown): boolean =>
  stream === UNATTRIBUTED || stream === sharedStream(eventId)
    ? userId === null
    : typeof userId === 'string' && userOfStream(stream) === userId

/** The canonical form of a payload of this hash, `null` where it has another. A text that has the hash itself is canonical. */
const canonicalOf = (payloadText: string, hash: string): CanonicalJson | null => {
  if (payloadHashOf(payloadText as CanonicalJson) === hash) return payloadText as CanonicalJson
  const canonical = canonicalise(payloadText)
  return payloadHashOf(canonical) === hash ? canonical : null
}

/** Looks at one event. `secrets`: those of the provider's that are given, possibly none. */
export const lookAt = (event: RecordedEvent, secrets: readonly WebhookSecret[]): Look => {
  const about = metadataOf(event.metadata)
  if (isOwnEvent(event)) return isAltered(event) ? 'altered' : isOwnPlace(event) ? 'own' : 'unreadable'
  const elementHash = about?.['elementHash'] ?? null
  const payloadHash = elementHash ?? about?.['payloadHash']
  if (about === null || typeof payloadHash !== 'string') return 'unreadable'
  const envelope = readEnvelope(event.data)
  if (E.isLeft(envelope) || envelope.right._tag !== 'Webhook') {
    return hasPayload(event.data, payloadHash) ? 'unreadable' : 'altered'
  }
  const { payloadText, signature, webhookText } = envelope.right
  const canonical = canonicalOf(payloadText, payloadHash)
  // Readers take the payload of the webhook itself: one that stands deeper, and is signed, is another.
  const isFlat = webhookText.length === event.data.length
  if (canonical === null || !(isFlat || hasPayload(event.data, payloadHash))) return 'altered'
  if (!isStreamOf(event, about['userId'])) return 'misplaced'
  if (elementHash !== null) return 'part'
  if (O.isSome(verifySignature(payloadText, signature, secrets, canonical))) return 'signed'
  return secrets.some(({ fingerprint }) => fingerprint === about['secret']) ? 'forged' : 'other-secret'
}
