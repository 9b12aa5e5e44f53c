import { HASH_BYTES, type Hash } from '../tlog/hash.ts'
import { TILE_HEIGHT } from '../tlog/tile.ts'
import { ExpandedHashes } from './expandedHashes.ts'

/** A tile that is what it should be. */
export interface CheckedTile {
  /** The hash of its `n`-th subtree of 2 ** `height` of its hashes, which it must have. */
  readonly node: (height: number, n: number) => Hash
  /** Its hashes. */
  readonly hashes: () => Buffer
  /** Which of its hashes this is; -1 for none. */
  readonly find: (hash: Hash) => number
}

const indexIn = (hashes: Buffer, hash: Hash): number => {
  let at = hashes.indexOf(hash)
  while (at % HASH_BYTES > 0) at = hashes.indexOf(hash, at + 1)
  return at === -1 ? -1 : at / HASH_BYTES
}

/** One that is kept with all that was worked out of it. */
export const expandedTile = (expanded: ExpandedHashes): CheckedTile => ({
  node: (height, n) => expanded.node(height, n),
  hashes: () => expanded.row(0),
  find: (hash) => indexIn(expanded.row(0), hash),
})

/** Of so many hashes of a tile only that of their subtree is kept: 16. */
const GROUP_HEIGHT = TILE_HEIGHT / 2
const GROUP_WIDTH = 2 ** GROUP_HEIGHT
const GROUP_BYTES = GROUP_WIDTH * HASH_BYTES

/**
 * A full tile that is kept in 2 KiB: of its 256 hashes it has those of the subtrees over 16 of them and more, and works out the
 * rest again, 16 at a time, out of what `read` gives, which is held against what is kept and `expectSame` told of.
 */
export const compactTile = (
  expanded: ExpandedHashes,
  read: () => Buffer,
  expectSame: (isSame: boolean) => void,
): CheckedTile => {
  const upper = new ExpandedHashes(expanded.row(GROUP_HEIGHT), GROUP_HEIGHT)
  let group: { readonly n: number; readonly expanded: ExpandedHashes } | null = null

  /** The group that a proof has asked for it asks for again. */
  const groupOf = (n: number, hashes: () => Buffer): ExpandedHashes => {
    if (group?.n === n) return group.expanded
    const of = new ExpandedHashes(hashes().subarray(n * GROUP_BYTES, (n + 1) * GROUP_BYTES), GROUP_HEIGHT)
    expectSame(of.node(GROUP_HEIGHT, 0).equals(upper.node(0, n)))
    group = { n, expanded: of }
    return of
  }

  const hashes = (): Buffer => {
    const all = new ExpandedHashes(read())
    expectSame(all.node(TILE_HEIGHT, 0).equals(upper.node(GROUP_HEIGHT, 0)))
    return all.row(0)
  }

  return {
    node: (height, n) => {
      if (height >= GROUP_HEIGHT) return upper.node(height - GROUP_HEIGHT, n)
      const inGroup = 2 ** (GROUP_HEIGHT - height)
      return groupOf(Math.floor(n / inGroup), read).node(height, n % inGroup)
    },
    hashes,
    find: (hash) => {
      const all = read()
      const index = indexIn(all, hash)
      // That it is none of them is believed of sound ones only.
      if (index === -1) return indexIn(hashes(), hash)
      const found = groupOf(Math.floor(index / GROUP_WIDTH), () => all).node(0, index % GROUP_WIDTH)
      expectSame(found.equals(hash))
      return index
    },
  }
}
