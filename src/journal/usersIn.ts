import { brotliDecompressSync, constants, gunzipSync, inflateSync } from 'node:zlib'

/** A number that stands alone: no part of a word, of a longer number, or of a date, a time or an amount. */
const NUMBER = /(?<![0-9A-Za-z]|[0-9][-.:])[1-9][0-9]{0,18}(?![0-9A-Za-z]|[-.:][0-9])/g

/** So much is unpacked of a body: what is kept of it is 64 KiB. */
const UNPACKED_BYTES = 16 * 1024 * 1024

const BROTLI = { finishFlush: constants.BROTLI_OPERATION_FLUSH, maxOutputLength: UNPACKED_BYTES }
const ZLIB = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: UNPACKED_BYTES }
const UNPACK: Readonly<Record<string, (body: Uint8Array) => Buffer>> = {
  gzip: (body) => gunzipSync(body, ZLIB),
  'x-gzip': (body) => gunzipSync(body, ZLIB),
  deflate: (body) => inflateSync(body, ZLIB),
  br: (body) => brotliDecompressSync(body, BROTLI),
}

/** The text of a body that was sent packed, as far as it is kept; empty where it cannot be unpacked. */
const unpacked = (body: Uint8Array, contentEncoding: string | null): string => {
  try {
    return UNPACK[contentEncoding?.trim().toLowerCase() ?? '']?.(body).toString('latin1') ?? ''
  } catch {
    return ''
  }
}

const fromHex = (_: string, code: string): string => String.fromCharCode(Number.parseInt(code, 16))

/** A digit may be written as an escape in JSON. */
const unescaped = (text: string): string => text.replaceAll(/\\u00(3[0-9])/gi, fromHex)

/** The same text as a form may mean it. */
const asForm = (text: string): string =>
  text.includes('%') ? ` ${text.replaceAll(/%([0-7][0-9a-f])/gi, fromHex)}` : ''

/**
 * The users that a delivery may speak of: every number that stands alone in it, be it readable or not, packed or not. Others may
 * be among them: it names no other thing than a user by a number that is no user's, but who reads it cannot tell.
 */
export const usersIn = (body: Uint8Array, contentEncoding: string | null): ReadonlySet<string> => {
  const text = Buffer.from(body).toString('latin1') + unpacked(body, contentEncoding)
  return new Set(unescaped(text + asForm(text)).match(NUMBER) ?? [])
}
