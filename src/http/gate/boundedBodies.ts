import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { BODY_LIMIT_BYTES } from '../deliveries/unpacked.ts'
import { WEBHOOK_PATH } from '../deliveries/webhookEndpoint.ts'
import { refuseUnread } from './refuseUnread.ts'

/** Nowhere is more taken of one body, announced or not, whatever becomes of it. */
const MOST_BYTES = 2 * BODY_LIMIT_BYTES

/** Whether a body is announced that is larger than is taken anywhere. */
export const isAnnouncedTooLarge = ({ headers }: IncomingMessage): boolean =>
  Number(headers['content-length'] ?? 0) > BODY_LIMIT_BYTES

/**
 * Ends the connection once more has come than is taken, which who refuses a body reads to its end otherwise; and with the answer, if the end of the
 * body has not come by then.
 */
const boundUnannounced = (req: IncomingMessage, res: ServerResponse): void => {
  let size = 0
  const count = ({ byteLength }: Buffer): void => {
    size += byteLength
    if (size > MOST_BYTES) req.socket.destroy()
  }
  // Not before somebody reads it: that would begin the reading.
  req.once('resume', () => req.on('data', count))
  res.once('finish', () => {
    if (!req.complete) req.socket.destroySoon()
  })
}

/**
 * Refuses what is announced to be too large before a byte of it is read, but for deliveries, which tell of it themselves, and bounds
 * what is not announced.
 */
export const boundedBodies =
  (handler: RequestListener): RequestListener =>
  (req, res) => {
    const { 'content-length': length, 'transfer-encoding': coding } = req.headers
    if (length !== undefined || coding !== undefined) {
      if (coding !== undefined) boundUnannounced(req, res)
      const isDelivery = req.method === 'POST' && req.url === WEBHOOK_PATH
      if (isAnnouncedTooLarge(req) && !isDelivery)
        return refuseUnread(res, 'body-too-large', 'the body is larger than it may be')
    }
    handler(req, res)
  }
