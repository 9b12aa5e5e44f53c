import * as E from 'fp-ts/lib/Either.js'
import { ED25519, parseVerifierKey, type VerifierKey } from '../tlog/keys.ts'
import { readHttpUrl } from './httpUrl.ts'

/** Somebody who is asked to cosign each checkpoint (C2SP tlog-witness). */
export interface Witness {
  /** What it is called, by the first of its keys. */
  readonly name: string
  /** Submission and monitoring prefix, without a slash at its end. */
  readonly url: string
  /** What its cosignatures are checked with: one key or more. */
  readonly keys: readonly VerifierKey[]
}

/** A prefix, to which paths are added. */
const readPrefix = (text: string): E.Either<string, string> => {
  const url = readHttpUrl(text)
  if (E.isLeft(url)) return url
  return text.includes('?') ? E.left('its URL has a query') : E.right(text.replace(/\/+$/, ''))
}

interface Entry {
  readonly key: VerifierKey
  readonly url: string
}

const readEntry = (text: string): E.Either<string, Entry> => {
  const [vkey = '', address, ...more] = text.split(/\s+/)
  if (address === undefined || more.length > 0) return E.left('must be a verifier key, a blank and a URL')
  const key = parseVerifierKey(vkey)
  if (E.isLeft(key)) return key
  if (key.right.type === ED25519) return E.left('its key is one of a log: a witness signs with type 4 or 6')
  return E.map((url: string) => ({ key: key.right, url }))(readPrefix(address))
}

/**
 * Reads `WITNESSES`: entries by commas, each a verifier key, a blank and the URL under which the witness takes checkpoints.
 * Several keys of one URL are those of one witness. Names every fault.
 */
export const readWitnesses = (text: string): E.Either<readonly string[], readonly Witness[]> => {
  const faults: string[] = []
  const entries: Entry[] = []
  const texts = text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
  for (const [index, item] of texts.entries()) {
    const entry = readEntry(item)
    if (E.isLeft(entry)) faults.push(`WITNESSES: entry ${index + 1}: ${entry.left}`)
    else entries.push(entry.right)
  }
  if (faults.length > 0) return E.left(faults)
  const witnesses = Map.groupBy(entries, ({ url }) => url)
  return E.right(
    [...witnesses].map(([url, of]) => ({ name: of[0]?.key.name ?? url, url, keys: of.map(({ key }) => key) })),
  )
}
