/** A tile spans so many levels of the tree, and holds so many hashes (C2SP tlog-tiles). */
export const TILE_HEIGHT = 8
export const TILE_WIDTH = 2 ** TILE_HEIGHT

/** Which tile: the `n`-th of its level, or as much of it as `width` hashes, 1 to 256. */
export interface Tile {
  readonly level: number
  readonly n: number
  readonly width: number
}

/** `1234067` reads `x001/x234/067`. */
const formatN = (n: number): string => {
  const digits = String(n)
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0')
  const parts = padded.match(/\d{3}/g) as RegExpMatchArray
  return parts.map((part, index) => (index === parts.length - 1 ? part : `x${part}`)).join('/')
}

/** `<L>/<N>`, and `.p/<W>` where the tile is partial. */
export const tilePath = ({ level, n, width }: Tile): string =>
  `${level}/${formatN(n)}${width === TILE_WIDTH ? '' : `.p/${width}`}`

const PATH = /^(0|[1-9]\d?)\/((?:x\d{3}\/)*\d{3})(?:\.p\/([1-9]\d{0,2}))?$/

/** Reads such a path, in its one spelling; `null` for any other. */
export const parseTilePath = (path: string): Tile | null => {
  const [, level, parts, partial] = PATH.exec(path) ?? []
  if (level === undefined || parts === undefined) return null
  const n = Number(parts.replaceAll(/[x/]/g, ''))
  const tile = { level: Number(level), n, width: partial === undefined ? TILE_WIDTH : Number(partial) }
  return tile.level <= 63 && Number.isSafeInteger(n) && tilePath(tile) === path && tile.width <= TILE_WIDTH
    ? tile
    : null
}
