import * as t from 'io-ts'
import { Codec, UNREAD } from './codec.ts'

/** A Treezor user: a positive whole number, kept as its decimal text. */
export type UserId = string & { readonly UserId: unique symbol }

const USER_ID = /^[1-9]\d{0,18}$/

/** Whether a text is a user id as it is kept. */
export const isUserId = (text: string): text is UserId => USER_ID.test(text)

/** By ascending number. */
export const byNumber = (a: UserId, b: UserId): number => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0)

const decimalText = (u: unknown): string | null =>
  typeof u === 'string' ? u : typeof u === 'number' && Number.isSafeInteger(u) ? String(u) : null

/** A user id as the provider writes it: decimal string or integer. Zero, signs and leading zeros name nobody. */
export const UserId = new Codec<UserId, string>(
  'user id',
  (u): u is UserId => typeof u === 'string' && isUserId(u),
  (u) => {
    const text = decimalText(u)
    return text !== null && isUserId(text) ? text : UNREAD
  },
  String,
)

/** An id that the provider gives to anything else (document, transaction): a short text or an integer. */
export const ObjectId = new Codec<string, string>(
  'id of 1 to 128 characters',
  t.string.is,
  (u) => {
    const text = decimalText(u)
    return text !== null && text.length >= 1 && text.length <= 128 ? text : UNREAD
  },
  t.identity,
)
