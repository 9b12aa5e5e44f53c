import { notAPosition } from '../../readFailure.ts'
import type { Position } from '../../recordedEvent.ts'

/** Place in `$all`, as the client takes it. */
interface LogPlace {
  readonly commit: bigint
  readonly prepare: bigint
}

/** As it is read: exact numbers may stand for the larger ones. */
interface PlaceRead {
  readonly commit: bigint | number
  readonly prepare: bigint | number
}

/** Positions are signed 64-bit numbers inside the server. */
const LARGEST = 2n ** 63n - 1n
const HEX_DIGITS = 16
const FORM = /^([0-9a-f]{16})-([0-9a-f]{16})$/

const hex = (number: bigint | number): string => number.toString(16).padStart(HEX_DIGITS, '0')

/** `<commit>-<prepare>` in hexadecimal digits of fixed width, so that positions order as strings do. */
export const positionOf = ({ commit, prepare }: PlaceRead): Position => {
  const digits = hex(commit)
  return `${digits}-${commit === prepare ? digits : hex(prepare)}`
}

/**
 * The place a position names. Throws on a position this store cannot have given: the server would answer some of them
 * with an error that looks like a fault of its own.
 */
export const placeOf = (position: Position): LogPlace => {
  const [, commit, prepare] = FORM.exec(position) ?? []
  const place = { commit: BigInt(`0x${commit ?? 0}`), prepare: BigInt(`0x${prepare ?? 0}`) }
  if (commit === undefined || place.commit > LARGEST || place.prepare > place.commit) {
    throw notAPosition(position)
  }
  return place
}
