import type { IncomingMessage } from 'node:http'
import type { RequestHandler, Response } from 'express'

/** What has come of a body, as it was sent, before anything was made of it. */
export interface Beginning {
  /** So many bytes have come so far. */
  readonly size: () => number
  /** The first of them. */
  readonly bytes: () => Buffer
  /** Resolves once as many as are kept have come, or no more will. */
  readonly come: () => Promise<void>
}

/** Watches a body that something else reads; has to be called before it is. Copies nothing. */
const watchBeginning = (req: IncomingMessage, most: number): Beginning => {
  const chunks: Buffer[] = []
  let size = 0
  req.on('data', (chunk: Buffer) => {
    if (size < most) chunks.push(chunk)
    size += chunk.byteLength
  })
  const isAll = (): boolean => size >= most || req.readableEnded || req.destroyed
  return {
    size: () => size,
    bytes: () => Buffer.concat(chunks).subarray(0, most),
    come: () =>
      new Promise((resolve) => {
        const look = (): void => {
          if (isAll()) resolve()
        }
        for (const event of ['data', 'end', 'close']) req.on(event, look)
        look()
      }),
  }
}

/** Watches the bodies of all requests, up to `most` bytes of each. */
export const keepingBeginning =
  (most: number): RequestHandler =>
  (req, res: Response, next) => {
    res.locals['beginning'] = watchBeginning(req, most)
    next()
  }

/** The beginning of the body that this answers. */
export const beginningOf = (res: Response): Beginning => res.locals['beginning'] as Beginning
