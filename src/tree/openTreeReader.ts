import type { LogIdentity } from '../ledger/logIdentity.ts'
import { checkedTiles } from './checkedTiles.ts'
import { readTree } from './readTree.ts'
import { expectSound, readPositions } from './savedTree.ts'
import { readTile } from './tileFiles.ts'
import { TilePositions } from './tilePositions.ts'
import { isTreeDamaged, treeDamaged } from './treeDamaged.ts'
import { headMark, isOf, readHead, type TreeHead } from './treeHead.ts'
import type { TreeReader } from './treeReader.ts'

/**
 * Reads the tree that another thread or process keeps in `directory`, as it was last saved; an empty one where none was. It may
 * be saved, or thrown away and begun anew, at any moment, which is seen from the next microtask on. A proof out of a million leaves reads one tile and works out
 * some 250 hashes; the tiles over it are kept. One that is not of `identity`, where that is given, is none.
 */
export const openTreeReader = (directory: string, identity?: LogIdentity): TreeReader => {
  let [mark, head]: [string, TreeHead | null] = ['', null]
  const positions = new TilePositions()
  const tiles = checkedTiles(
    () => head?.size ?? 0,
    (tile) => readTile(directory, tile),
  )
  const forget = (): void => {
    ;[mark, head] = ['', null]
    positions.clear()
    tiles.forget()
  }

  const refresh = (lies: string): void => {
    const found = readHead(directory)
    if (found === 'damaged') throw treeDamaged('its head is not what was written')
    const read = found === 'none' || (identity !== undefined && !isOf(found, identity)) ? 'none' : found
    if (read === 'none' || read.treeId !== head?.treeId) forget()
    if (read === 'none') return
    head = read
    expectSound(tiles, read)
    readPositions(directory, positions, read)
    mark = lies
  }

  // A proof asks some twenty times without letting go of the thread: to look at the file each time takes longer than all else.
  let looked = false
  const lookOnce = (): void => {
    if (looked) return
    looked = true
    queueMicrotask(() => {
      looked = false
    })
  }

  /** What was thrown away under the eyes of the reader is no damage. */
  return readTree((read) => {
    for (;;) {
      const lies = looked ? mark : headMark(directory)
      try {
        if (lies !== mark) refresh(lies)
        lookOnce()
        return read({ tiles, positions, last: head?.last ?? null })
      } catch (error) {
        if (!isTreeDamaged(error)) throw error
        forget()
        looked = false
        if (headMark(directory) === lies) throw error
      }
    }
  })
}
