/** A member of an archive: a plain file. */
export interface Member {
  /** A relative path of at most 100 bytes, of letters, digits, `.`, `_`, `-` and `/`. */
  readonly name: string
  /** In bytes; less than 8 GiB. */
  readonly size: number
  /** When it was made, in whole seconds since 1970. */
  readonly time: number
}

export const BLOCK_BYTES = 512

const NAME = /^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*$/
const LARGEST = 8 ** 11 - 1

/** Whether a member may be called so: nothing in it leads anywhere else. */
export const isMemberName = (name: string): boolean =>
  name.length <= 100 && NAME.test(name) && !name.split('/').some((part) => /^\.+$/.test(part))

const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`

/** The header of a member in the format ustar (POSIX.1-1988), in the one spelling that is written and read here. */
export const header = ({ name, size, time }: Member): Buffer => {
  if (!isMemberName(name) || size < 0 || size > LARGEST || time < 0 || time > LARGEST) {
    throw new RangeError('no member of an archive is called so, is so large or so old')
  }
  const block = Buffer.alloc(BLOCK_BYTES)
  const put = (text: string, at: number): void => void block.write(text, at, 'latin1')
  put(name, 0)
  put(octal(0o644, 7), 100)
  put(octal(0, 7), 108)
  put(octal(0, 7), 116)
  put(octal(size, 11), 124)
  put(octal(time, 11), 136)
  put(' '.repeat(8), 148)
  put('0', 156)
  put('ustar\x0000', 257)
  put(octal(0, 7), 329)
  put(octal(0, 7), 337)
  put(
    `${octal(
      block.reduce((sum, byte) => sum + byte, 0),
      6,
    )} `,
    148,
  )
  return block
}

const numberAt = (block: Buffer, at: number): number => Number.parseInt(block.toString('latin1', at, at + 11), 8)

/** Reads such a header; `null` for any other spelling, and for what is no plain file. */
export const parseHeader = (block: Buffer): Member | null => {
  const end = block.indexOf(0)
  const name = block.toString('latin1', 0, Math.min(end === -1 ? 100 : end, 100))
  const member = { name, size: numberAt(block, 124), time: numberAt(block, 136) }
  if (!isMemberName(name) || !Number.isInteger(member.size) || !Number.isInteger(member.time)) return null
  return header(member).equals(block) ? member : null
}

/** How many zeros follow on the contents of a member, so that the next one begins a block. */
export const paddingOf = (size: number): number => (BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES

/** What an archive ends with. */
export const END = Buffer.alloc(2 * BLOCK_BYTES)
