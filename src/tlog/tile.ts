import { HASH_BYTES, type Hash, nodeHash } from './hash.ts'

/** A tile holds so many hashes: a subtree of height 8 (C2SP tlog-tiles). */
export const TILE_WIDTH = 256
export const TILE_HEIGHT = 8

/** Which tile: its level, its index in the level, and how many hashes of it there are (256 of a full one). */
export interface Tile {
  readonly level: number
  readonly index: number
  readonly width: number
}

/** `x001/x234/067` for 1234067. */
const formatIndex = (index: number): string => {
  const digits = String(index)
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/\d{3}/g) ?? []
  return groups.map((group, at) => (at === groups.length - 1 ? group : `x${group}`)).join('/')
}

/** The path of a tile below `/tile/`, and of its file. */
export const formatTilePath = ({ level, index, width }: Tile): string =>
  `${level}/${formatIndex(index)}${width === TILE_WIDTH ? '' : `.p/${width}`}`

const PATH = /^(0|[1-9]|[1-5]\d|6[0-3])\/((?:x\d{3}\/)*\d{3})(?:\.p\/([1-9]\d{0,2}))?$/

/** Reads such a path; `null` where it is none, or none of the one spelling that there is. */
export const parseTilePath = (path: string): Tile | null => {
  const [, level = '', index = '', width] = PATH.exec(path) ?? []
  const tile = {
    level: Number(level),
    index: Number(index.replace(/[x/]/g, '')),
    width: width === undefined ? TILE_WIDTH : Number(width),
  }
  return Number.isSafeInteger(tile.index) && formatTilePath(tile) === path ? tile : null
}

/** How many hashes a tree of `size` leaves has at the level of tiles, in full and partial tiles together. */
export const hashesAt = (size: number, level: number): number => Math.floor(size / TILE_WIDTH ** level)

/** The tiles that hold a tree of `size` leaves, the partial ones included, from the leaves upwards. */
export const tilesOf = function* (size: number): Generator<Tile> {
  for (let level = 0; hashesAt(size, level) > 0; level++) {
    const hashes = hashesAt(size, level)
    for (let index = 0; index * TILE_WIDTH < hashes; index++) {
      yield { level, index, width: Math.min(TILE_WIDTH, hashes - index * TILE_WIDTH) }
    }
  }
}

/** The hashes of a tile, as they stand in its bytes one after the other. */
export const hashIn = (tile: Buffer, at: number): Hash => tile.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES)

/**
 * The complete subtrees in a tile by their height in it: `[0]` are its own hashes, `[8]` is the root of a full one. Those
 * that are not complete are left out.
 */
export const subtreesIn = (tile: Buffer): readonly (readonly Hash[])[] => {
  const levels: Hash[][] = [Array.from({ length: tile.length / HASH_BYTES }, (_, at) => hashIn(tile, at))]
  for (let height = 1; height <= TILE_HEIGHT; height++) {
    const below = levels[height - 1] as readonly Hash[]
    const count = Math.floor(below.length / 2)
    levels.push(Array.from({ length: count }, (_, at) => nodeHash(below[2 * at] as Hash, below[2 * at + 1] as Hash)))
  }
  return levels
}
