import { dirname, join } from 'node:path'
import { HASH_BYTES } from '../tlog/hash.ts'
import { TILE_WIDTH, type Tile, tilePath } from '../tlog/tile.ts'
import { hashesAt } from './checkedTiles.ts'
import { readBytes, sync, tileDirectory, writeBytes } from './files.ts'
import { orDamaged, treeDamaged } from './treeDamaged.ts'

/** A partial tile lies where the full one will lie, and grows. */
const fileOf = (directory: string, level: number, n: number): string =>
  join(tileDirectory(directory), tilePath({ level, n, width: TILE_WIDTH }))

/** The hashes of a tile that was written; throws where its file does not have them. */
export const readTile = (directory: string, { level, n, width }: Tile): Buffer => {
  const path = fileOf(directory, level, n)
  const bytes = orDamaged(path, () => readBytes(path, 0, width * HASH_BYTES))
  if (bytes.length < width * HASH_BYTES) throw treeDamaged(`${path} is too short`)
  return bytes
}

/** Not durable before `syncTiles`. */
export const writeTile = (directory: string, level: number, n: number, hashes: Uint8Array): void =>
  writeBytes(fileOf(directory, level, n), 0, hashes)

/** The directories of a file, up to `top`. */
const directoriesOf = (path: string, top: string): readonly string[] =>
  path === top ? [] : [dirname(path), ...directoriesOf(dirname(path), top)]

/** Makes the tiles durable that have hashes which a tree of `from` leaves has not, and one of `to` has. */
export const syncTiles = (directory: string, from: number, to: number): void => {
  const directories = new Set<string>()
  for (let level = 0; hashesAt(level, to) > hashesAt(level, from); level++) {
    const had = hashesAt(level, from)
    for (let n = Math.floor(had / TILE_WIDTH); n * TILE_WIDTH < hashesAt(level, to); n++) {
      const path = fileOf(directory, level, n)
      sync(path)
      const isNew = n * TILE_WIDTH >= had
      if (isNew) for (const over of directoriesOf(path, directory)) directories.add(over)
    }
  }
  for (const path of directories) sync(path)
}
