import { readFileSync } from 'node:fs'

/** What a process did to its files and what it sent, in the order in which it did so (`shim.c`). Paths are below the directory. */
export type Call =
  | {
      readonly _tag: 'Opened'
      readonly file: number
      readonly path: string
      readonly existed: boolean
      readonly emptied: boolean
    }
  | { readonly _tag: 'Written'; readonly file: number; readonly offset: number; readonly bytes: Buffer }
  | { readonly _tag: 'Truncated'; readonly file: number; readonly length: number }
  | { readonly _tag: 'SyncBegun'; readonly file: number }
  | { readonly _tag: 'Synced'; readonly file: number; readonly error: number }
  | { readonly _tag: 'Renamed'; readonly from: string; readonly to: string }
  | { readonly _tag: 'Removed' | 'DirectoryMade'; readonly path: string }
  | { readonly _tag: 'Sent'; readonly bytes: Buffer }
  /** A call was made to fail. */
  | { readonly _tag: 'Failed'; readonly path: string; readonly call: string; readonly error: number }

const HEADER_BYTES = 32

const callOf = (header: Buffer, path: string, bytes: Buffer): Call | null => {
  const [op, flags, error] = [String.fromCharCode(header[0] ?? 0), header[1] ?? 0, header.readInt32LE(4)]
  const [file, offset] = [Number(header.readBigUInt64LE(8)), Number(header.readBigUInt64LE(16))]
  switch (op) {
    case 'O':
      return { _tag: 'Opened', file, path, existed: (flags & 1) !== 0, emptied: (flags & 2) !== 0 }
    case 'W':
      return { _tag: 'Written', file, offset, bytes }
    case 'T':
      return { _tag: 'Truncated', file, length: offset }
    case 'S':
      return { _tag: 'SyncBegun', file }
    case 'E':
      return { _tag: 'Synced', file, error }
    case 'R':
      return { _tag: 'Renamed', from: path, to: bytes.toString('utf8') }
    case 'U':
      return { _tag: 'Removed', path }
    case 'M':
      return { _tag: 'DirectoryMade', path }
    case 'N':
      return { _tag: 'Sent', bytes }
    case 'F':
      return { _tag: 'Failed', path, call: bytes.toString('utf8'), error }
    default:
      throw new Error(`the trace holds a record of a kind ${op}`)
  }
}

/** Reads a trace; a record that is cut off, of a process that was killed, ends it. */
export const readTrace = (file: string): readonly Call[] => {
  const all = readFileSync(file)
  const calls: Call[] = []
  for (let at = 0; at + HEADER_BYTES <= all.length; ) {
    const header = all.subarray(at, at + HEADER_BYTES)
    const [path, length] = [header.readUInt16LE(2), header.readUInt32LE(24)]
    const [from, to] = [at + HEADER_BYTES + path, at + HEADER_BYTES + path + length]
    if (to > all.length) break
    const call = callOf(header, all.toString('utf8', at + HEADER_BYTES, from), all.subarray(from, to))
    if (call !== null) calls.push(call)
    at = to
  }
  return calls
}
