import * as E from 'fp-ts/lib/Either.js'
import type { Hash } from './hash.ts'
import { formatHashLines, parseHashLines } from './hashLines.ts'

/** That a leaf is in a log, as it can be checked without that log (C2SP tlog-proof). */
export interface LogProof {
  /** Place of the leaf, from 0. */
  readonly index: number
  readonly inclusion: readonly Hash[]
  /** The signed checkpoint, as it was issued. */
  readonly checkpoint: string
}

const HEAD = 'c2sp.org/tlog-proof@v1'
/** A tree of 2^53 leaves needs no more. */
const MOST_HASHES = 63
const INDEX = /^index (0|[1-9]\d{0,15})$/

export const formatProof = ({ index, inclusion, checkpoint }: LogProof): string =>
  `${HEAD}\nindex ${index}\n${formatHashLines(inclusion)}\n${checkpoint}`

/** Reads one; says in words why something is none. Its `extra` line, if there is one, is passed over. */
export const parseProof = (text: string): E.Either<string, LogProof> => {
  const end = text.indexOf('\n\n')
  if (end === -1) return E.left('it has no blank line before a checkpoint')
  const [head, ...lines] = text.slice(0, end).split('\n')
  if (head !== HEAD) return E.left(`it does not begin with ${HEAD}`)
  if (lines[0]?.startsWith('extra ')) lines.shift()
  const index = Number(INDEX.exec(lines.shift() ?? '')?.[1] ?? Number.NaN)
  if (!Number.isSafeInteger(index)) return E.left('it does not say the index of its leaf')
  if (lines.length > MOST_HASHES) return E.left(`it has more than ${MOST_HASHES} hashes`)
  const checkpoint = text.slice(end + 2)
  return E.map((inclusion: readonly Hash[]) => ({ index, inclusion, checkpoint }))(parseHashLines(lines))
}
