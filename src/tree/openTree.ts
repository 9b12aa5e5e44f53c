import { randomUUID } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import type { LogIdentity } from '../ledger/logIdentity.ts'
import type { Place } from '../ledger/place.ts'
import { TILE_WIDTH } from '../tlog/tile.ts'
import { rootHash } from '../tlog/tree.ts'
import { checkedTiles, hashesAt } from './checkedTiles.ts'
import { headFile, positionsFile, sync, tileDirectory, writeBytes } from './files.ts'
import { readTree } from './readTree.ts'
import { RightEdge } from './rightEdge.ts'
import { expectSound, expectWhole, readPositions } from './savedTree.ts'
import { readTile, syncTiles, writeTile } from './tileFiles.ts'
import { TilePositions } from './tilePositions.ts'
import { isTreeDamaged } from './treeDamaged.ts'
import { isOf, readHead, type TreeHead, writeHead } from './treeHead.ts'
import type { TreeWriter } from './treeWriter.ts'

/** Events are added by the million, each as its own place: what else it holds is left out when somebody asks. */
const placeOf = ({ stream, revision, eventId, position }: Place): Place => ({ stream, revision, eventId, position })

const NOTHING = { size: 0, positionBytes: 0, durable: 0 }

/**
 * The tiles of so many leaves are waited for when it is saved, 32 files: of a tree that is made anew they are thousands, and the disk
 * would take longer than all else.
 */
const SYNCED_AT_ONCE = 32 * TILE_WIDTH

/**
 * Opens the tree over a log in `directory`, which is made where it is not there, to add to it; there must be no other writer.
 * It goes on where it was last saved. What is of another identity of the log, or is damaged at its right edge, is thrown
 * away, and it begins empty: `found` says why.
 */
export const openTree = (directory: string, identity: LogIdentity): TreeWriter => {
  let [treeId, size, last]: [string, number, Place | null] = ['', 0, null]
  let saved: Pick<TreeHead, 'size' | 'positionBytes' | 'durable'> = NOTHING
  const positions = new TilePositions()
  const edge = new RightEdge((level, n, hashes) => writeTile(directory, level, n, hashes))
  const tiles = checkedTiles(
    () => size,
    (tile) => (tile.width < TILE_WIDTH ? edge.hashes(tile.level) : readTile(directory, tile)),
  )

  const clear = (): void => {
    rmSync(headFile(directory), { force: true, recursive: true })
    sync(directory)
    rmSync(tileDirectory(directory), { force: true, recursive: true })
    rmSync(positionsFile(directory), { force: true, recursive: true })
    ;[treeId, size, last] = [randomUUID(), 0, null]
    saved = NOTHING
    positions.clear()
    edge.clear()
    tiles.forget()
  }

  const resume = (head: TreeHead): void => {
    ;[treeId, size, last] = [head.treeId, head.size, head.last]
    saved = head
    for (let level = 0; hashesAt(level, size) > 0; level++) {
      const count = hashesAt(level, size)
      const [n, width] = [Math.floor(count / TILE_WIDTH), count % TILE_WIDTH]
      edge.resume(level, count, width === 0 ? new Uint8Array() : readTile(directory, { level, n, width }))
    }
    expectSound(tiles, head)
    readPositions(directory, positions, head)
    expectWhole(tiles, head)
  }

  const open = (): TreeWriter['found'] => {
    const head = readHead(directory)
    if (head === 'none' || head === 'damaged') return head
    if (!isOf(head, identity)) return 'of another log'
    try {
      resume(head)
      return 'saved'
    } catch (error) {
      if (isTreeDamaged(error)) return 'damaged'
      throw error
    }
  }

  const save = (): void => {
    if (last === null || saved.durable === size) return
    for (let level = 0; level < edge.levels; level++) {
      const hashes = edge.hashes(level)
      if (hashes.length > 0) writeTile(directory, level, Math.floor(edge.count(level) / TILE_WIDTH), hashes)
    }
    const durable = Math.min(size, saved.durable + SYNCED_AT_ONCE)
    syncTiles(directory, saved.durable, durable)
    const lines = positions.lines(Math.ceil(saved.size / TILE_WIDTH))
    if (lines !== '') {
      writeBytes(positionsFile(directory), saved.positionBytes, Buffer.from(lines))
      sync(positionsFile(directory))
      sync(directory)
    }
    const head: TreeHead = {
      treeId,
      logId: identity.logId,
      generation: identity.generation,
      losses: identity.losses,
      size,
      root: rootHash(size, tiles.subtree).toString('hex'),
      positions: positions.digest(),
      positionBytes: positions.bytes,
      durable,
      last: placeOf(last),
    }
    writeHead(directory, head)
    saved = head
  }

  mkdirSync(directory, { recursive: true, mode: 0o700 })
  sync(dirname(directory))
  const found = open()
  if (found !== 'saved') clear()

  return {
    ...readTree((read) => read({ tiles, positions, last })),
    found,
    size: () => size,
    last: () => (last === null ? null : placeOf(last)),
    add: (leaf, place) => {
      if (size % TILE_WIDTH === 0) positions.add(place.position)
      size += 1
      edge.add(0, leaf)
      last = place
    },
    rootAt: (of) => {
      if (!Number.isSafeInteger(of) || of < 0 || of > size)
        throw new RangeError(`a tree of ${size} leaves had no size ${of}`)
      return rootHash(of, tiles.subtree)
    },
    save,
    clear,
    close: () => tiles.forget(),
  }
}
