import * as E from 'fp-ts/lib/Either.js'
import { HASH_BYTES, type Hash } from './hash.ts'
import { fromBase64, parseNote } from './note.ts'

/** The head of a tree, as it is signed (C2SP tlog-checkpoint). */
export interface Checkpoint {
  /** Which log: its identity. */
  readonly origin: string
  /** How many leaves. */
  readonly size: number
  readonly root: Hash
}

/** The text of its note. */
export const formatCheckpoint = ({ origin, size, root }: Checkpoint): string =>
  `${origin}\n${size}\n${root.toString('base64')}\n`

const SIZE = /^(0|[1-9]\d{0,15})$/

/** Reads the text of a note; extension lines are passed over. */
export const parseCheckpoint = (text: string): E.Either<string, Checkpoint> => {
  const lines = text.split('\n')
  const [origin = '', size = '', base64 = ''] = lines
  const root = fromBase64(base64)
  if (lines.length < 4 || lines.pop() !== '' || lines.includes('')) return E.left('it is not three lines and more')
  if (!SIZE.test(size) || !Number.isSafeInteger(Number(size))) return E.left('its second line is no size of a tree')
  if (root === null || root.length !== HASH_BYTES) return E.left('its third line is no root hash')
  return E.right({ origin, size: Number(size), root })
}

/** What a signed note says; by whom it is signed is not looked at. */
export const checkpointIn = (note: string): E.Either<string, Checkpoint> => {
  const parsed = parseNote(note)
  return E.isLeft(parsed) ? parsed : parseCheckpoint(parsed.right.text)
}
