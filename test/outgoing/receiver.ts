import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { Webhook } from 'standardwebhooks'
import { answering } from '../support/attestation/answering.ts'

/** A webhook as it came. */
export interface Came {
  readonly userId: string
  readonly id: string
  readonly version: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface Receiver {
  readonly url: string
  /** All that came, verified, whatever was answered. */
  readonly came: readonly Came[]
  /** How it answers from now on; 204 at first. */
  readonly answers: (answer: (came: Came, res: ServerResponse) => void) => void
  /** Requests that are not answered yet. */
  readonly open: () => number
  readonly close: () => Promise<void>
}

export const status =
  (code: number, headers: Readonly<Record<string, string>> = {}) =>
  (_came: Came, res: ServerResponse): void =>
    void res.writeHead(code, headers).end()

/** A receiver of Standard Webhooks. `verified` false: the time of webhooks is not the one of this machine. */
export const receiving = async (secret: string, verified = true): Promise<Receiver> => {
  const came: Came[] = []
  let answer: (came: Came, res: ServerResponse) => void = status(204)
  let open = 0
  const server = await answering(async (req, res) => {
    open += 1
    res.on('close', () => {
      open -= 1
    })
    const body = await text(req)
    const headers = req.headers as Record<string, string>
    if (verified) new Webhook(secret).verify(body, headers)
    const { subject, version } = JSON.parse(body)
    const one = { userId: subject, id: headers['webhook-id'] ?? '', version, headers: req.headers, body }
    came.push(one)
    answer(one, res)
  })
  return {
    ...server,
    came,
    open: () => open,
    answers: (next) => {
      answer = next
    },
  }
}
