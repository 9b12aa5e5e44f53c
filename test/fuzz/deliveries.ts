import { brotliCompressSync, constants, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { anyDate, anyEpoch, plainEpoch } from './dates.ts'
import type { Dice } from './dice.ts'
import { type Json, object, scalar, written } from './json.ts'
import { mutated, mutatedBytes, respelled, seedOf } from './mutate.ts'
import { rawSignatureOf, signatureOf } from './oracle/reference.ts'
import { CAST, type Seed } from './seeds.ts'

/** The secrets that are active, and one that is not any more. */
export const SECRETS = ['fuzz: the first secret', 'fuzz: the second (ünïcode)'] as const
const FORMER = 'fuzz: a former secret'

/** A body on its way, as its sender made it. */
export interface Sent {
  readonly body: Buffer
  readonly contentType: string | null
  /** The packing of `packed`; `null` where it goes as it is. */
  readonly contentEncoding: string | null
  readonly packed: Buffer
  /** Milliseconds since 1970. */
  readonly receivedAt: number
}

const SPACES = ['', '', '', ' ', '  ', '\n', '\t', '\r\n   ']
const CONTENT_TYPES = [
  'application/json',
  'text/plain',
  'application/json; charset=utf-8',
  'text/plain;charset=ISO-8859-1',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/octet-stream',
  'garbage',
  null,
]

const spaced = (dice: Dice): (() => string) => (dice.once(2) ? () => '' : () => dice.pick(SPACES))

/** What stands in place of a signature by somebody who does not have the secret, or by a careless one. */
const otherwiseSigned = (payloadText: string, dice: Dice): string => {
  const right = signatureOf(payloadText, dice.pick(SECRETS))
  const text = dice.pick([
    signatureOf(payloadText, FORMER),
    signatureOf(payloadText, ''),
    signatureOf(`${payloadText} `, FORMER),
    signatureOf(payloadText.replace('"3"', '"2"'), FORMER),
    rawSignatureOf(` ${payloadText}`, SECRETS[0]),
    rawSignatureOf(payloadText.replaceAll('/', ''), SECRETS[0]),
    right.replaceAll('+', '-').replaceAll('/', '_'),
    right.replace('=', ''),
    `${right}=`,
    ` ${right}`,
    `${right}\n`,
    `sha256=${right}`,
    right.toLowerCase(),
    right.slice(0, -2),
    `${right.slice(0, 43)}é`,
    // The same 32 bytes, written with other bits in the last place.
    right.replace(/(.)=$/, (_, last: string) => `${String.fromCharCode(last.charCodeAt(0) + 1)}=`),
    Buffer.from(right, 'base64').toString('hex'),
    '',
    'A'.repeat(44),
  ])
  return dice.once(8)
    ? dice.pick(['null', '0', '[]', 'true', `["${right}"]`, `{"0":"${right}"}`])
    : JSON.stringify(text)
}

const signature = (payloadText: string, dice: Dice): string => {
  const right = dice.once(4)
    ? rawSignatureOf(payloadText, dice.pick(SECRETS))
    : signatureOf(payloadText, dice.pick(SECRETS))
  const quoted = JSON.stringify(right)
  return dice.once(10)
    ? respelled(quoted, dice).replace(/\\u[dD][89a-fA-F]../g, '')
    : dice.once(3)
      ? quoted.replaceAll('/', '\\/')
      : quoted
}

const createdAt = (dice: Dice): Json | null => {
  if (dice.once(8)) return null
  if (dice.once(2)) return scalar(plainEpoch(dice))
  if (dice.once(2)) return scalar(dice.once(2) ? anyEpoch(dice) : JSON.stringify(anyEpoch(dice)))
  return scalar(JSON.stringify(anyDate(dice)))
}

/** What can be chosen of a body; what is not given is chance. */
interface Wanted {
  readonly id?: string
  readonly createdAt?: string
  /** Makes its payload another one than all others. */
  readonly mark?: string
  readonly payload?: Json
  /** As the provider would send it: signed, and nothing odd about its envelope. */
  readonly plain?: true
  readonly receivedAt: number
}

const withOwner = (payload: Json, user: string): Json => {
  const look = (value: Json): Json => {
    if (value.kind === 'list') return { ...value, items: value.items.map(look) }
    if (value.kind !== 'object') return value
    return {
      ...value,
      members: value.members.map(({ key, value: inner }) => {
        const isOwner = key === '"userId"' || key === '"user_id"'
        return {
          key,
          value:
            isOwner && inner.kind === 'scalar' ? scalar(inner.text.startsWith('"') ? `"${user}"` : user) : look(inner),
        }
      }),
    }
  }
  return look(payload)
}

/** A payload of one of the kinds that there are, changed in some ways. */
export const newPayload = (dice: Dice): { readonly payload: Json; readonly seed: Seed } => {
  const seed = seedOf(dice)
  const owner = dice.once(5) ? CAST[1] : dice.once(12) ? CAST[2] : CAST[0]
  return { seed, payload: mutated(withOwner(seed.payload, owner), dice) }
}

const packings = [
  ['gzip', gzipSync],
  ['deflate', deflateSync],
  ['zstd', (body: Buffer) => zstdCompressSync(body)],
  ['br', (body: Buffer) => brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })],
] as const

const sent = (body: Buffer, receivedAt: number, dice: Dice): Sent => {
  const contentType = dice.pick(CONTENT_TYPES)
  if (!dice.once(12)) return { body, contentType, contentEncoding: null, packed: body, receivedAt }
  const [contentEncoding, pack] = dice.pick(packings)
  return { body, contentType, contentEncoding, packed: pack(body), receivedAt }
}

/** One delivery; a quarter of them is not signed as it should be. */
export const newSent = (dice: Dice, wanted: Wanted): Sent => {
  const { seed, payload: changed } = newPayload(dice)
  const given = wanted.payload ?? changed
  const payload =
    wanted.mark === undefined || given.kind !== 'object'
      ? given
      : { ...given, members: [...given.members, { key: '"clientTag"', value: scalar(JSON.stringify(wanted.mark)) }] }
  const payloadText = written(payload, spaced(dice))
  const isOdd = wanted.mark === undefined && wanted.plain === undefined
  const isWrong = isOdd && dice.once(4)
  const isMissing = isWrong && dice.once(5)
  const signed = isWrong ? otherwiseSigned(payloadText, dice) : signature(payloadText, dice)

  const envelope = new Map(seed.envelope.map(({ key, value }) => [key, value]))
  if (wanted.plain === undefined && dice.once(3)) {
    const at = createdAt(dice)
    if (at === null) envelope.delete('"webhook_created_at"')
    else envelope.set('"webhook_created_at"', at)
  } else envelope.set('"webhook_created_at"', scalar(plainEpoch(dice)))
  envelope.set('"webhook_id"', scalar(JSON.stringify(`id-${dice.below(40)}`)))
  if (dice.once(10)) envelope.delete('"webhook_id"')
  if (dice.once(20))
    envelope.set(
      '"webhook"',
      scalar(JSON.stringify(dice.pick(['user.kycreview', 'kycreview.result', 'qes.finalized', 'foo', '']))),
    )
  const hearsay = object([...envelope].map(([key, value]) => ({ key, value })))
  const heard = wanted.plain === undefined && dice.once(6) ? mutated(hearsay, dice, 3) : hearsay
  const members = heard.kind === 'object' ? [...heard.members] : [{ key: '"webhook"', value: heard }]
  const put = (key: string, value: Json): void => {
    members.splice(dice.below(members.length + 1), 0, { key, value })
  }
  if (wanted.id !== undefined) members.push({ key: '"webhook_id"', value: scalar(JSON.stringify(wanted.id)) })
  if (wanted.createdAt !== undefined) members.push({ key: '"webhook_created_at"', value: scalar(wanted.createdAt) })
  put('"object_payload"', scalar(payloadText))
  if (!isMissing) put('"object_payload_signature"', scalar(signed))
  if (isOdd && dice.once(40)) put('"object_payload"', mutated(payload, dice))
  const flat = object(members)
  const nested = object([
    { key: '"messageId"', value: scalar('"5f6c-555c"') },
    { key: '"webhook"', value: flat },
    { key: '"clientId"', value: scalar('1') },
  ])
  const text = written(dice.once(5) ? nested : flat, spaced(dice))
  const whole = Buffer.from(`${dice.once(20) ? '\ufeff' : ''}${text}`)
  return sent(isOdd && dice.once(12) ? mutatedBytes(whole, dice) : whole, wanted.receivedAt, dice)
}
