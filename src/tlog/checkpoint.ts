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
  /** How many users were erased, as its events say; not there where it is none. It stands in an extension line. */
  readonly erased?: number
}

const ERASED = 'erased '

/** The text of its note. */
export const formatCheckpoint = ({ origin, size, root, erased = 0 }: Checkpoint): string =>
  `${origin}\n${size}\n${root.toString('base64')}\n${erased === 0 ? '' : `${ERASED}${erased}\n`}`

const SIZE = /^(0|[1-9]\d{0,15})$/

const COUNT = /^[1-9]\d{0,15}$/

const erasedIn = (lines: readonly string[]): Pick<Checkpoint, 'erased'> => {
  const count = lines.find((line) => line.startsWith(ERASED))?.slice(ERASED.length) ?? ''
  return COUNT.test(count) && Number.isSafeInteger(Number(count)) ? { erased: Number(count) } : {}
}

/** Reads the text of a note; extension lines are passed over, but for the one that says how many users were erased. */
export const parseCheckpoint = (text: string): E.Either<string, Checkpoint> => {
  const lines = text.split('\n')
  const [origin = '', size = '', base64 = ''] = lines
  const root = fromBase64(base64)
  if (lines.length < 4 || lines.pop() !== '' || lines.includes('')) return E.left('it is not three lines and more')
  if (!SIZE.test(size) || !Number.isSafeInteger(Number(size))) return E.left('its second line is no size of a tree')
  if (root === null || root.length !== HASH_BYTES) return E.left('its third line is no root hash')
  return E.right({ origin, size: Number(size), root, ...erasedIn(lines.slice(3)) })
}

/** What a signed note says; by whom it is signed is not looked at. */
export const checkpointIn = (note: string): E.Either<string, Checkpoint> => {
  const parsed = parseNote(note)
  return E.isLeft(parsed) ? parsed : parseCheckpoint(parsed.right.text)
}
