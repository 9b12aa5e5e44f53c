import * as E from 'fp-ts/lib/Either.js'
import * as J from 'fp-ts/lib/Json.js'
import * as t from 'io-ts'
import { UserId } from '../../domain/identifiers.ts'
import { format, parseRfc3339 } from '../../domain/instant.ts'
import { Ground } from '../../domain/retention/ground.ts'
import type { Erased } from '../ledger/erased.ts'
import { formatCheckpoint } from '../tlog/checkpoint.ts'
import { GrowingTree } from '../tlog/growingTree.ts'
import { leafHash } from '../tlog/hash.ts'
import { type VerifierKey, verifierKey } from '../tlog/keys.ts'
import { formatNote } from '../tlog/note.ts'
import type { Signer } from '../tlog/sign.ts'
import { verifyCheckpoint } from '../tlog/verifyCheckpoint.ts'

// All users who were erased of a log, outside of it: whoever restores a backup that knows less erases them again by it
// (docs/evidence.md).

const Listed = t.readonly(
  t.strict({
    userId: UserId,
    /** RFC 3339. */
    erasedAt: t.string,
    /** The erasure's number. */
    erasure: t.number,
    ground: Ground,
  }),
)
export type ListedErasure = t.TypeOf<typeof Listed>

export interface ErasureList {
  /** The log, as its checkpoints call it. */
  readonly origin: string
  readonly users: readonly ListedErasure[]
}

const HEAD = 'kyc-ledger erasures'
const PREFIX = 'erasures.'

/** Under which name the lists of a log are signed: no checkpoint bears it. */
export const listName = (origin: string): string => `${PREFIX}${origin}`

const rootOver = (lines: readonly string[]) => {
  const tree = new GrowingTree()
  for (const line of lines) tree.add(leafHash(Buffer.from(line)))
  return tree.root()
}

/** The list as a text: its head, a line a user, and, behind a blank line, a note over these lines. `signers`: under `listName`. */
export const formatErasureList = (
  erased: Erased,
  origin: string,
  signers: readonly Signer[],
  nowSeconds: number,
): string => {
  const lines = [...erased.users.values()].map(({ userId, erasedAt, erasure, ground }) =>
    JSON.stringify({ userId, erasedAt: format(erasedAt), erasure, ground }),
  )
  const head = { origin: listName(origin), size: lines.length, root: rootOver(lines) }
  const note = formatNote({
    text: formatCheckpoint(head),
    signatures: signers.map(({ sign }) => sign(head, nowSeconds)),
  })
  return `${[HEAD, ...lines, ''].join('\n')}\n${note}`
}

const readLine = (line: string): E.Either<unknown, ListedErasure> => {
  const listed = E.chainW(Listed.decode)(J.parse(line))
  return E.isRight(listed) && parseRfc3339(listed.right.erasedAt) === null ? E.left('erasedAt') : listed
}

/**
 * Reads a list that the log itself has signed; says in words why one cannot be relied on. `keys` are those of the log, under whatever of
 * its names.
 */
export const readErasureList = (text: string, keys: readonly VerifierKey[]): E.Either<string, ErasureList> => {
  const end = text.indexOf('\n\n')
  const [head, ...lines] = text.slice(0, Math.max(0, end)).split('\n')
  if (end === -1 || head !== HEAD) return E.left(`it does not begin with "${HEAD}"`)
  const note = text.slice(end + 2)
  const [name = ''] = note.split('\n')
  if (!name.startsWith(PREFIX)) return E.left('its note is of something else')
  const own = keys.map(({ type, publicKey }) => verifierKey(name, type, publicKey))
  const verified = verifyCheckpoint(note, own)
  if (E.isLeft(verified)) return verified
  const { size, root } = verified.right.checkpoint
  if (size !== lines.length || !root.equals(rootOver(lines))) return E.left('its lines are not those that were signed')
  const users: ListedErasure[] = []
  for (const [index, line] of lines.entries()) {
    const listed = readLine(line)
    if (E.isLeft(listed)) return E.left(`its line ${index + 2} names no user who was erased`)
    users.push(listed.right)
  }
  return E.right({ origin: name.slice(PREFIX.length), users })
}
