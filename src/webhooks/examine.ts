import { setTimeout as rest, setImmediate } from 'node:timers/promises'
import * as E from 'fp-ts/lib/Either.js'
import * as O from 'fp-ts/lib/Option.js'
import { decodeUtf8, readEnvelope, type Webhook } from './envelope.ts'
import { fairTurns, type Turn } from './fairTurns.ts'
import { type Verified, verifyInTurns, verifySignature, type WebhookSecret } from './signature.ts'
import { skim } from './skim.ts'

/** What a body turned out to be. Only of what is verified values are made where it is long. */
export type Examined =
  | { readonly _tag: 'Verified'; readonly webhook: Webhook; readonly verified: Verified }
  | { readonly _tag: 'NotUtf8' | 'NotJson' | 'NotAWebhook' | 'NoPayload' | 'NotVerified' }
  /** It is not signed as it stands, and its canonical form was not to be made. */
  | { readonly _tag: 'NotExamined' }

/** Who sent it, and what he may cost. */
export interface Spending extends Turn {
  /** Whether more may be spent on what is not verified: by him, and by all together. */
  readonly isWithin: () => boolean
  /** The same, of what is his alone: what others spend takes nothing of it. */
  readonly hasOwn: () => boolean
}

/** Up to here a body is examined at once: documented webhooks are about 2 kB, and whoever sends junk holds up nobody for long. */
const SHORT_BYTES = 8 * 1024
/** The canonical form of so much costs less than a refusal. */
const CHEAP_UNITS = 64 * 1024

/** Between two turns of what comes from where much comes that is not verified. */
const REST_MS = 1

/** Runs what others have their turns in; gives what it comes to. */
const inTurns = async <A>(course: Generator<void, A>, isWithin: () => boolean): Promise<A> => {
  for (;;) {
    const { done, value } = course.next()
    if (done === true) return value
    await (isWithin() ? setImmediate() : rest(REST_MS))
  }
}

const verified = (text: string, payloadText: string, result: O.Option<Verified>): Examined => {
  if (O.isNone(result)) return { _tag: 'NotVerified' }
  const envelope = readEnvelope(text)
  if (E.isLeft(envelope)) return envelope.left
  if (envelope.right._tag !== 'Webhook') return envelope.right
  // What is taken is what was signed, even if skimming and parsing should come to see a text differently.
  return envelope.right.payloadText === payloadText
    ? { _tag: 'Verified', webhook: envelope.right, verified: result.value }
    : { _tag: 'NotVerified' }
}

const examineShort = (text: string, secrets: readonly WebhookSecret[]): Examined => {
  const envelope = readEnvelope(text)
  if (E.isLeft(envelope)) return envelope.left
  if (envelope.right._tag === 'NoPayload') return envelope.right
  const { payloadText, signature } = envelope.right
  const result = verifySignature(payloadText, signature, secrets)
  return O.isNone(result)
    ? { _tag: 'NotVerified' }
    : { _tag: 'Verified', webhook: envelope.right, verified: result.value }
}

const examineLong = async (
  text: string,
  secrets: readonly WebhookSecret[],
  { isWithin, hasOwn }: Spending,
): Promise<Examined> => {
  const skimmed = await inTurns(skim(text), isWithin)
  if (skimmed._tag !== 'Webhook') return skimmed
  const { payloadText, signature } = skimmed
  const mayBeMade = payloadText.length <= CHEAP_UNITS || hasOwn()
  const result = await inTurns(verifyInTurns(payloadText, signature, secrets, mayBeMade), isWithin)
  return result === null ? { _tag: 'NotExamined' } : verified(text, payloadText, result)
}

const inFairTurns = fairTurns()

/**
 * What a body is, and whether a signature vouches for it. A long one is examined in turns with everything else, one at a time: nobody
 * waits longer for several of them, nor for all that another source sends. A long one takes rests where too much came that is not verified, from anywhere; where
 * it came from the same source, the canonical form of a long payload is not made if the raw one is not what was signed.
 */
export const examine = (
  body: Uint8Array,
  secrets: readonly WebhookSecret[],
  spending: Spending,
): Examined | Promise<Examined> => {
  const text = decodeUtf8(body)
  if (E.isLeft(text)) return text.left
  if (body.byteLength <= SHORT_BYTES) return examineShort(text.right, secrets)
  return inFairTurns(spending, () => examineLong(text.right, secrets, spending))
}
