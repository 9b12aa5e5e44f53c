import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib'
import * as E from 'fp-ts/lib/Either.js'
import type { JournalReason } from '../../journal/entry.ts'

/** A body is at most so large, unpacked as well. */
export const BODY_LIMIT_BYTES = 1024 * 1024

const LIMITED = { maxOutputLength: BODY_LIMIT_BYTES }

/** The packings that are taken (https://expressjs.com/en/resources/middleware/body-parser.html). */
const UNPACK: Readonly<Record<string, (body: Buffer) => Promise<Buffer>>> = {
  gzip: (body) => promisify(gunzip)(body, LIMITED),
  deflate: (body) => promisify(inflate)(body, LIMITED),
  br: (body) => promisify(brotliDecompress)(body, LIMITED),
  zstd: (body) => promisify(zstdDecompress)(body, LIMITED),
  identity: async (body) => body,
}

const packingOf = (contentEncoding: string | null): string => contentEncoding?.toLowerCase() ?? 'identity'

/** Whether a packing is known; `null` is none at all. */
export const isKnownPacking = (contentEncoding: string | null): boolean =>
  Object.hasOwn(UNPACK, packingOf(contentEncoding))

/** Whether a body stands as it is. */
export const isUnpacked = (contentEncoding: string | null): boolean => packingOf(contentEncoding) === 'identity'

/** A body that was sent packed, off this thread; `Left` where it cannot be unpacked, or is too large then. */
export const unpacked = async (
  body: Buffer,
  contentEncoding: string | null,
): Promise<E.Either<JournalReason & ('too-large' | 'encoding'), Buffer>> => {
  const unpack = isKnownPacking(contentEncoding) ? UNPACK[packingOf(contentEncoding)] : undefined
  if (unpack === undefined) return E.left('encoding')
  try {
    return E.right(await unpack(body))
  } catch (error) {
    return E.left((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? 'too-large' : 'encoding')
  }
}
