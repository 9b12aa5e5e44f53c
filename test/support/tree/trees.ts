import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { LogIdentity } from '../../../src/ledger/logIdentity.ts'
import type { Place } from '../../../src/ledger/place.ts'
import { GrowingTree } from '../../../src/tlog/growingTree.ts'
import { type Hash, leafHash } from '../../../src/tlog/hash.ts'
import type { TreeWriter } from '../../../src/tree/treeWriter.ts'

export const IDENTITY: LogIdentity = {
  logId: '8de3d17c-e5e5-4612-8032-bdfa335f4c51',
  generation: 0,
  losses: 0,
}

/** The `index`-th leaf of a log, and where its event stands: events of other streams lie between. */
export const leafAt = (index: number): Hash => leafHash(Buffer.from(`record ${index}`))
export const positionAt = (index: number): string => String(3 * index + 7).padStart(16, '0')
export const placeAt = (index: number): Place => ({
  stream: `kyc-${index % 7}`,
  revision: Math.floor(index / 7),
  eventId: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
  position: positionAt(index),
})

/** Adds the leaves of that log up to `size`. */
export const grow = (tree: TreeWriter, size: number): void => {
  for (let index = tree.size(); index < size; index++) tree.add(leafAt(index), placeAt(index))
}

/** The files of a tree, by their paths below its directory. */
export const filesOf = (directory: string): readonly string[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()

/** The leaves of that log from one index up to, and without, another, as a tile has them. */
export const leavesOf = (from: number, to: number): Buffer =>
  Buffer.concat(Array.from({ length: to - from }, (_, index) => leafAt(from + index)))

/** The root over its first leaves, made without any file. */
export const rootOf = (size: number): Hash => {
  const tree = new GrowingTree()
  for (let index = 0; index < size; index++) tree.add(leafAt(index))
  return tree.root()
}
