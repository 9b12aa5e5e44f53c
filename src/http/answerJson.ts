import type { ServerResponse } from 'node:http'
import { NOT_KEPT } from './headers.ts'

const KEPT_BY_NOBODY: readonly string[] = Object.entries(NOT_KEPT).flat()

/**
 * Answers 200 with JSON text, as `res.json` would, with all headers in one call: one by one they take 5 to 10 % of what
 * a delivery costs the main thread. `headers` are names and values in turn, and say whether the answer may be kept.
 */
export const answerJson = (res: ServerResponse, body: string, headers: readonly string[] = KEPT_BY_NOBODY): void => {
  const ofBody = ['Content-Type', 'application/json; charset=utf-8', 'Content-Length', String(Buffer.byteLength(body))]
  res.writeHead(200, [...headers, ...ofBody]).end(body)
}
