import { type Instant, parseRfc3339 } from '../instant.ts'

const UNIT_BY_DIGITS: Readonly<Record<number, number>> = { 10: 1_000_000, 13: 1000, 14: 100 }

/** The time of a number (or its digits) by its magnitude: 10 digits are seconds, 13 milliseconds, 14 tenths of milliseconds. */
const parseEpoch = (raw: string | number): Instant | null => {
  const value = Number(raw)
  if (!Number.isFinite(value) || value < 0) return null
  const unit = UNIT_BY_DIGITS[String(Math.trunc(value)).length]
  return unit === undefined ? null : (Math.round(value * unit) as Instant)
}

const ISO_8601 =
  /^(\d{4})(-?)(\d{2})\2(\d{2})[Tt ](\d{2})(:?)(\d{2})(?:\6(\d{2})(?:[.,](\d{1,9})\d*)?)?([Zz]|([+-]\d{2})(?::?(\d{2}))?)$/

/** Reads ISO 8601 with a zone in more spellings than RFC 3339 has: without separators, without seconds, `+02`, `+0200`. */
const parseIso8601 = (text: string): Instant | null => {
  const match = ISO_8601.exec(text)
  if (match === null) return null
  const [, year, , month, day, hour, , minute, second = '00', fraction = '0', zone, hours, minutes = '00'] = match
  const offset = hours === undefined ? zone : `${hours}:${minutes}`
  return parseRfc3339(`${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction}${offset}`)
}

/**
 * What became of the time that a webhook claims. One that is there and cannot be read is another matter than one that is
 * not there: the provider always sends what can be read.
 */
type WebhookCreatedAt =
  | { readonly claim: 'absent' }
  | { readonly claim: 'unreadable' }
  | { readonly claim: 'read'; readonly at: Instant }

/**
 * Reads `webhook_created_at` as it stands in the JSON (`undefined` for a member that is not there): a number by its
 * magnitude (10 digits are seconds, 13 milliseconds, 14 tenths of milliseconds, the documented unit), such a number as text, or
 * ISO 8601 with a zone. `null` and `""` are absent, anything else is unreadable.
 */
export const readWebhookCreatedAt = (raw: unknown): WebhookCreatedAt => {
  if (raw === undefined || raw === null || raw === '') return { claim: 'absent' }
  const isEpoch = typeof raw === 'number' || (typeof raw === 'string' && /^\d{10,14}(\.\d+)?$/.test(raw))
  const at = isEpoch ? parseEpoch(raw) : typeof raw === 'string' ? parseIso8601(raw) : null
  return at === null ? { claim: 'unreadable' } : { claim: 'read', at }
}
