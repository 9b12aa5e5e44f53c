import { createHash } from 'node:crypto'
import type { ReadMember } from '../../tar/readTar.ts'
import { wrongFile } from './wrongFile.ts'

/** The pieces of a member, each good until the next is taken. */
function* pieces({ next }: ReadMember): Generator<Buffer> {
  for (let piece = next(); piece !== null; piece = next()) yield piece
}

/** The contents of a member, of which no more than `most` bytes are held. */
export const contentsOf = (member: ReadMember, most: number): Buffer => {
  if (member.size > most) throw wrongFile(`${member.name}: it is larger than ${most} bytes`)
  const contents = Buffer.alloc(member.size)
  let length = 0
  for (const piece of pieces(member)) length += piece.copy(contents, length)
  return contents
}

/** The SHA-256 of a member that is not held, in hex. */
export const hashOf = (member: ReadMember): string => {
  const digest = createHash('sha256')
  for (const piece of pieces(member)) digest.update(piece)
  return digest.digest('hex')
}
