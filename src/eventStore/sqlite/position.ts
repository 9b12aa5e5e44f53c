import { notAPosition } from '../readFailure.ts'
import type { Position } from '../recordedEvent.ts'

const DIGITS = 16

/** A row's number as a position: of fixed width, so that positions order as strings do. */
export const positionOf = (row: number): Position => String(row).padStart(DIGITS, '0')

/** The row a position names, 0 (before the first) for none. Throws on a position this store cannot have given. */
export const rowOf = (position: Position | null | undefined): number => {
  if (position === null || position === undefined) return 0
  if (!/^\d{16}$/.test(position)) throw notAPosition(position)
  return Number(position)
}
