import { createHash } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import * as E from 'fp-ts/lib/Either.js'
import * as J from 'fp-ts/lib/Json.js'
import * as t from 'io-ts'
import type { LogIdentity } from '../ledger/logIdentity.ts'
import { Place } from '../ledger/place.ts'
import { headFile, replaceFile } from './files.ts'
import { isTreeDamaged, orDamaged } from './treeDamaged.ts'

/** What is known of the tree as it was last saved; the files of its tiles and positions may hold more, which counts for nothing. */
export const TreeHead = t.readonly(
  t.type({
    /** Drawn when the tree was begun: whoever has kept something of another one forgets it. */
    treeId: t.string,
    logId: t.string,
    generation: t.number,
    losses: t.number,
    size: t.number,
    /** In hexadecimal digits, like the next. */
    root: t.string,
    /** SHA-256 of the lines of `positions`, and how many bytes they have. */
    positions: t.string,
    positionBytes: t.number,
    /** The tiles of so many leaves are known to be on the disk; those of the others are looked at when the tree is opened. */
    durable: t.number,
    /** The event of the last leaf. */
    last: Place,
  }),
)
export type TreeHead = t.TypeOf<typeof TreeHead>

/** Whether it is of the tree over the log with that identity. */
export const isOf = (head: TreeHead, { logId, generation, losses }: LogIdentity): boolean =>
  head.logId === logId && head.generation === generation && head.losses === losses

/** One line of JSON, and one with its SHA-256: what `last` says nothing else of the tree would show to be wrong. */
const withChecksum = (line: string): string => `${line}\n${createHash('sha256').update(line).digest('hex')}\n`

const parse = (text: string): TreeHead | null => {
  const [line = ''] = text.split('\n')
  const json = text === withChecksum(line) ? J.parse(line) : E.left(null)
  const head = E.isRight(json) ? TreeHead.decode(json.right) : json
  return E.isRight(head) ? head.right : null
}

/** `none` where nothing was saved, `damaged` where what lies there is no head. */
export const readHead = (directory: string): TreeHead | 'none' | 'damaged' => {
  const file = headFile(directory)
  if (!existsSync(file)) return 'none'
  try {
    return parse(orDamaged('its head', () => readFileSync(file, 'utf8'))) ?? 'damaged'
  } catch (error) {
    if (isTreeDamaged(error)) return 'damaged'
    throw error
  }
}

/** Durable when it returns. */
export const writeHead = (directory: string, head: TreeHead): void =>
  replaceFile(headFile(directory), withChecksum(JSON.stringify(head)))

/** Another text as soon as another head lies there. */
export const headMark = (directory: string): string => {
  const stat = statSync(headFile(directory), { bigint: true, throwIfNoEntry: false })
  return stat === undefined ? '' : `${stat.ino} ${stat.ctimeNs} ${stat.size}`
}
