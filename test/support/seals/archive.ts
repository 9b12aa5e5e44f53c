import { createHash } from 'node:crypto'
import { closeSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { END, header, paddingOf } from '../../../src/tar/header.ts'
import { readTar } from '../../../src/tar/readTar.ts'
import { newDirectory } from '../newDirectory.ts'

/** A member of an archive, whole. */
export interface Contents {
  readonly name: string
  readonly bytes: Buffer
}

/** Writes bytes to a file of their own, and gives its path. */
export const written = (bytes: Uint8Array): string => {
  const file = join(newDirectory(), 'evidence.tar')
  writeFileSync(file, bytes)
  return file
}

/** The members of an archive, in their order. */
export const membersOf = (path: string): readonly Contents[] => {
  const file = openSync(path, 'r')
  const members: Contents[] = []
  try {
    for (const { name, next } of readTar(file)) {
      const pieces: Buffer[] = []
      for (let piece = next(); piece !== null; piece = next()) pieces.push(Buffer.from(piece))
      members.push({ name, bytes: Buffer.concat(pieces) })
    }
    return members
  } finally {
    closeSync(file)
  }
}

/** An archive of these members, in this order. */
export const archiveOf = (members: readonly Contents[]): Buffer =>
  Buffer.concat([
    ...members.flatMap(({ name, bytes }) => [
      header({ name, size: bytes.length, time: 1_700_000_000 }),
      bytes,
      Buffer.alloc(paddingOf(bytes.length)),
    ]),
    END,
  ])

/** The same members with the sums that go with them, as anybody can make them. */
export const summed = (members: readonly Contents[]): readonly Contents[] => {
  const others = members.filter(({ name }) => name !== 'SHA256SUMS')
  const lines = others.map(({ name, bytes }) => `${createHash('sha256').update(bytes).digest('hex')}  ${name}\n`)
  return [...others, { name: 'SHA256SUMS', bytes: Buffer.from(lines.join('')) }]
}
