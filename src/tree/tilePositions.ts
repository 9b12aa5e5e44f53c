import { createHash } from 'node:crypto'
import type { Position } from '../eventStore/recordedEvent.ts'
import { treeDamaged } from './treeDamaged.ts'

const lineOf = (position: Position): string => `${position}\n`

/** Where in the log the first leaf of each tile of level 0 stands, in their order: a line each. */
export class TilePositions {
  readonly #positions: Position[] = []
  #digest = createHash('sha256')
  #bytes = 0

  /** Of how many tiles. */
  get tiles(): number {
    return this.#positions.length
  }

  /** How long their lines are. */
  get bytes(): number {
    return this.#bytes
  }

  /** Adds the position for one tile more. */
  add(position: Position): void {
    const line = lineOf(position)
    this.#positions.push(position)
    this.#digest.update(line)
    this.#bytes += Buffer.byteLength(line)
  }

  /** Adds lines as they were written; throws where they are not all that `digest` was taken of. */
  addLines(lines: string, digest: string): void {
    for (const position of lines.split('\n').slice(0, -1)) this.add(position)
    if (this.digest() !== digest) throw treeDamaged('the positions of its tiles are not those that were written')
  }

  /** Their lines from that of tile `from` on. */
  lines(from: number): string {
    return this.#positions.slice(from).map(lineOf).join('')
  }

  /** The SHA-256 of all lines, in hexadecimal digits. */
  digest(): string {
    return this.#digest.copy().digest('hex')
  }

  /** The last tile that begins at or before a position; -1 where none does. */
  tileOf(position: Position): number {
    let [low, high] = [0, this.#positions.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#positions[middle] as Position) <= position) low = middle + 1
      else high = middle
    }
    return low - 1
  }

  clear(): void {
    this.#positions.length = 0
    this.#digest = createHash('sha256')
    this.#bytes = 0
  }
}
