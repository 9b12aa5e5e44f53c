import * as E from 'fp-ts/lib/Either.js'
import { HASH_BYTES, type Hash } from './hash.ts'
import { fromBase64 } from './note.ts'

/** A proof that somebody can check without the log (C2SP tlog-proof). */
export interface TlogProof {
  readonly index: number
  /** From the leaf's sibling upwards. */
  readonly hashes: readonly Hash[]
  /** The signed checkpoint of the tree that the leaf is in, as it was issued. */
  readonly checkpoint: string
}

const HEAD = 'c2sp.org/tlog-proof@v1'
const MOST_HASHES = 63

export const formatProof = ({ index, hashes, checkpoint }: TlogProof): string =>
  [HEAD, `index ${index}`, ...hashes.map((hash) => hash.toString('base64')), '', checkpoint].join('\n')

/** Reads lines of base64 hashes; `null` where one is none, or there are more than a tree can need. */
export const parseHashes = (lines: readonly string[]): readonly Hash[] | null => {
  const hashes = lines.map(fromBase64)
  const isGood = hashes.length <= MOST_HASHES && hashes.every((hash) => hash?.length === HASH_BYTES)
  return isGood ? (hashes as readonly Hash[]) : null
}

/** Reads a proof; says in words why something is none. Extra data, which nothing vouches for, is passed over. */
export const parseProof = (text: string): E.Either<string, TlogProof> => {
  const end = text.indexOf('\n\n')
  const [head, ...lines] = text.slice(0, Math.max(end, 0)).split('\n')
  if (end === -1 || head !== HEAD) return E.left(`it does not begin with ${HEAD}`)
  if (lines[0]?.startsWith('extra ')) lines.shift()
  const index = /^index (0|[1-9]\d{0,15})$/.exec(lines.shift() ?? '')?.[1]
  if (index === undefined || !Number.isSafeInteger(Number(index))) return E.left('it names no index')
  const hashes = parseHashes(lines)
  if (hashes === null) return E.left('its hashes are none')
  return E.right({ index: Number(index), hashes, checkpoint: text.slice(end + 2) })
}
