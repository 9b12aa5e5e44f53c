import {
  closeSync,
  constants as fs,
  fsyncSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'

// The files of the tree are their owner's alone, like everything in DATA_DIR: from hashes of what has no salt its text can be guessed.

const withFile = <A>(path: string, flags: string | number, use: (descriptor: number) => A): A => {
  const descriptor = openSync(path, flags, 0o600)
  try {
    return use(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** Up to `length` bytes of a file from `start`; fewer where it ends before. */
export const readBytes = (path: string, start: number, length: number): Buffer =>
  withFile(path, 'r', (descriptor) => {
    const bytes = Buffer.allocUnsafeSlow(length)
    let read = 0
    for (let more = -1; more !== 0 && read < length; read += more) {
      more = readSync(descriptor, bytes, read, length - read, start + read)
    }
    return bytes.subarray(0, read)
  })

/** Writes over what a file has at `start`, and leaves what lies behind; makes it and its directories where they are not there. Not durable before `sync`. */
export const writeBytes = (path: string, start: number, bytes: Uint8Array): void => {
  const write = (): void =>
    withFile(path, fs.O_WRONLY | fs.O_CREAT, (descriptor) => {
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(descriptor, bytes, done, bytes.length - done, start + done)
      }
    })
  try {
    write()
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'ENOENT') throw error
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    write()
  }
}

/** Makes a file, or the names in a directory, durable. */
export const sync = (path: string): void => withFile(path, 'r', fsyncSync)

/** Puts a file in the place of the one of that name: after a crash it is either of the two. Durable when it returns. */
export const replaceFile = (path: string, text: string): void => {
  const next = `${path}.next`
  rmSync(next, { force: true })
  writeBytes(next, 0, Buffer.from(text))
  sync(next)
  renameSync(next, path)
  sync(dirname(path))
}

export const headFile = (directory: string): string => join(directory, 'head')
export const positionsFile = (directory: string): string => join(directory, 'positions')
/** Below it lie the tiles, by level. */
export const tileDirectory = (directory: string): string => join(directory, 'tile')
