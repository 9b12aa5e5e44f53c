import { readSync } from 'node:fs'
import { BLOCK_BYTES, END, type Member, paddingOf, parseHeader } from './header.ts'

const CHUNK_BYTES = 64 * 1024

/** A member as it is come to in an archive. What of it was not read is passed over. */
export interface ReadMember extends Member {
  /** The next of its bytes; `null` behind the last. What is given is written over by the next call. */
  readonly next: () => Buffer | null
}

const broken = (what: string): Error => new Error(`it is no archive that this service made: ${what}`)

/** Reads from a file where it stands, as much as there is. */
const readInto = (file: number, into: Buffer): Buffer => {
  let length = 0
  while (length < into.length) {
    const read = readSync(file, into, length, into.length - length, null)
    if (read === 0) break
    length += read
  }
  return into.subarray(0, length)
}

const isZero = (bytes: Buffer): boolean => bytes.every((byte) => byte === 0)

/**
 * The members of an open archive, in their order, as a stream: no more than a piece of one is held. Only what `header` and
 * `END` spell is read: nothing in it is passed over, and no two readers can see different members. Throws an `Error` that says
 * what is wrong.
 */
export function* readTar(file: number): Generator<ReadMember> {
  const chunk = Buffer.alloc(CHUNK_BYTES)
  for (;;) {
    const block = Buffer.from(readInto(file, chunk.subarray(0, BLOCK_BYTES)))
    if (block.length < BLOCK_BYTES) throw broken('it ends too early')
    if (isZero(block)) {
      const rest = readInto(file, chunk)
      if (rest.length !== END.length - BLOCK_BYTES || !isZero(rest)) throw broken('something stands behind its end')
      return
    }
    const member = parseHeader(block)
    if (member === null) throw broken('a header of a member is not plain')
    let left = member.size
    const next = (): Buffer | null => {
      if (left === 0) return null
      const piece = readInto(file, chunk.subarray(0, Math.min(left, CHUNK_BYTES)))
      if (piece.length === 0) throw broken('it ends too early')
      left -= piece.length
      return piece
    }
    yield { ...member, next }
    while (next() !== null);
    const padding = paddingOf(member.size)
    const zeros = readInto(file, chunk.subarray(0, padding))
    if (zeros.length !== padding || !isZero(zeros)) throw broken('something stands behind a member')
  }
}
