import type { IncomingMessage } from 'node:http'
import { JOURNAL_BODY_BYTES } from '../../journal/entry.ts'
import { allRead } from './allRead.ts'
import { BODY_LIMIT_BYTES } from './unpacked.ts'

/** A body as it was sent, as far as it was read. */
export type SentBody =
  | { readonly _tag: 'Whole'; readonly bytes: Buffer }
  /** `bytes` are its beginning, `size` what was announced or has come. Nothing more of it is read. */
  | { readonly _tag: 'TooLarge'; readonly bytes: Buffer; readonly size: number }
  /** It is longer than what is read of anybody, and too many such are being read. */
  | { readonly _tag: 'NoRoom' }
  | { readonly _tag: 'BrokenOff' }

const EMPTY = Buffer.alloc(0)

/** What was announced, in bytes; 0 where nothing was. */
const announcedSize = ({ headers }: IncomingMessage): number => Number(headers['content-length'] ?? 0)

/** Whether there is a body at all (RFC 9112, 6.3). */
const hasBody = (req: IncomingMessage): boolean =>
  req.headers['transfer-encoding'] !== undefined || announcedSize(req) > 0

/**
 * A body that came whole together with its headers, as short ones mostly do: the events of a stream cost more than all else that is
 * done to read it. `null` where it did not, or is long: it is read as it comes then.
 */
const cameWhole = (req: IncomingMessage, announced: number): Buffer | null =>
  req.complete && announced > 0 && announced <= JOURNAL_BODY_BYTES ? req.read() : null

const asItComes = (
  req: IncomingMessage,
  announced: number,
  hasRoom: (giveUp: () => boolean) => boolean,
): Promise<SentBody> =>
  new Promise((resolve) => {
    const chunks: Buffer[] = []
    let size = 0
    let isLong = announced > JOURNAL_BODY_BYTES
    let isSettled = false
    const settle = (body: SentBody): void => {
      isSettled = true
      req.off('data', take).off('end', end).off('close', broken).off('error', broken)
      // What was broken off says so once more.
      req.on('error', () => undefined)
      resolve(body)
    }
    const stop = (body: SentBody): void => {
      req.pause()
      settle(body)
    }
    const giveUp = (): boolean => {
      if (isSettled) return false
      stop({ _tag: 'NoRoom' })
      return true
    }
    const take = (chunk: Buffer): void => {
      size += chunk.byteLength
      chunks.push(chunk)
      if (size > BODY_LIMIT_BYTES) {
        stop({ _tag: 'TooLarge', bytes: Buffer.concat(chunks, JOURNAL_BODY_BYTES), size })
      } else if (!isLong && size > JOURNAL_BODY_BYTES) {
        isLong = true
        if (!hasRoom(giveUp)) stop({ _tag: 'NoRoom' })
      }
    }
    const end = (): void =>
      settle({ _tag: 'Whole', bytes: chunks.length === 1 ? (chunks[0] ?? EMPTY) : Buffer.concat(chunks) })
    const broken = (): void => settle({ _tag: 'BrokenOff' })
    if (isLong && !hasRoom(giveUp)) return stop({ _tag: 'NoRoom' })
    req.on('data', take).once('end', end).once('close', broken).once('error', broken)
  })

/**
 * Reads a body, up to the limit and not a chunk further. Of one that is announced to be larger not a byte is read. `hasRoom` is asked
 * once, before more is read than is kept of every delivery; by what it is given the room can be taken away again, until all is read.
 * Resolves once all requests that have come are read: taken one by one as they come, a delivery costs a fifth more of the thread.
 */
export const readSentBody = async (
  req: IncomingMessage,
  hasRoom: (giveUp: () => boolean) => boolean,
): Promise<SentBody> => {
  const announced = announcedSize(req)
  if (announced > BODY_LIMIT_BYTES) return { _tag: 'TooLarge', bytes: EMPTY, size: announced }
  if (!hasBody(req)) return { _tag: 'Whole', bytes: EMPTY }
  await allRead()
  const whole = cameWhole(req, announced)
  if (whole !== null) return { _tag: 'Whole', bytes: whole }
  if (req.destroyed) return { _tag: 'BrokenOff' }
  const sent = await asItComes(req, announced, hasRoom)
  await allRead()
  return sent
}
