import * as E from 'fp-ts/lib/Either.js'
import type { Hash } from './hash.ts'
import { formatHashLines, parseHashLines } from './hashLines.ts'

/** A checkpoint as it is brought to a witness: the body of `add-checkpoint` (C2SP tlog-witness). */
export interface Submission {
  /** The size that the witness is believed to know. */
  readonly old: number
  /** That the tree of the checkpoint begins with that of `old`. */
  readonly proof: readonly Hash[]
  /** The signed checkpoint, unread. */
  readonly note: string
}

const MOST_HASHES = 63
const OLD = /^old (0|[1-9]\d{0,15})$/

export const formatSubmission = ({ old, proof, note }: Submission): string =>
  `old ${old}\n${formatHashLines(proof)}\n${note}`

/** Reads one; says in words why something is none. */
export const parseSubmission = (body: string): E.Either<string, Submission> => {
  const end = body.indexOf('\n\n')
  if (end === -1) return E.left('it has no blank line before a checkpoint')
  const [first = '', ...lines] = body.slice(0, end).split('\n')
  const old = Number(OLD.exec(first)?.[1] ?? Number.NaN)
  if (!Number.isSafeInteger(old)) return E.left('its first line is not "old", a blank and the size of a tree')
  if (lines.length > MOST_HASHES) return E.left(`its proof has more than ${MOST_HASHES} hashes`)
  const note = body.slice(end + 2)
  return E.map((proof: readonly Hash[]): Submission => ({ old, proof, note }))(parseHashLines(lines))
}
