import type { Response } from 'express'
import type { Position } from '../../eventStore/recordedEvent.ts'
import { answerJson } from '../answerJson.ts'
import { ASKED_AGAIN, meaningOf } from '../headers.ts'
import type { Sources } from './sources.ts'

/**
 * RFC 9110, 13.1.2. Not Express's `fresh`: it passes over the condition of whoever sends `Cache-Control: no-cache` with it,
 * as every client that uses `fetch` does.
 */
const isCurrent = (ifNoneMatch: string | undefined, etag: string): boolean =>
  ifNoneMatch?.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag) ?? false

/**
 * Sends JSON text that is ready, or 304 where the client holds it already; `position` is how far the read model it is out of
 * had come. Nothing on the way may keep it unasked.
 */
export const sendJson = (
  { corrections }: Pick<Sources, 'corrections'>,
  res: Response,
  etag: string,
  body: string,
  position: Position | null = null,
): void => {
  const headers = ['ETag', etag, ...ASKED_AGAIN, ...Object.entries(meaningOf(corrections())).flat()]
  if (position !== null) headers.push('Kyc-Position', position)
  if (isCurrent(res.req.headers['if-none-match'], etag)) return void res.writeHead(304, headers).end()
  answerJson(res, body, headers)
}
