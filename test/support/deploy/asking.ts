import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import { text } from 'node:stream/consumers'

export interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** Asks over pooled connections, as services do; whoever answers need not show who he is. */
export interface Client {
  /** Rejects where there is no whole answer. */
  readonly ask: (
    method: string,
    url: string,
    body?: string,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Answer>
  /** Announces a body of so many bytes and sends none of it: gives the status of what is answered to that alone. */
  readonly announce: (url: string, bytes: number) => Promise<number>
  /** An answer that goes on: its parts as they come. */
  readonly follow: (url: string, headers: Readonly<Record<string, string>>) => Promise<IncomingMessage>
  readonly close: () => void
}

export const newClient = (): Client => {
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: false })
  const send = (
    method: string,
    url: string,
    body: string | undefined,
    headers: Readonly<Record<string, string>>,
  ): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const sized = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
      request(url, { agent, method, headers: { ...sized, ...headers } }, resolve)
        .on('error', reject)
        .end(body)
    })
  return {
    ask: async (method, url, body, headers = {}) => {
      const response = await send(method, url, body, headers)
      return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) }
    },
    announce: (url, bytes) =>
      new Promise((resolve, reject) => {
        const asking = request(url, { agent: false, rejectUnauthorized: false, method: 'POST' }, (response) => {
          resolve(response.statusCode ?? 0)
          asking.destroy()
        })
        asking.setHeader('content-length', bytes)
        asking.on('error', reject).flushHeaders()
      }),
    follow: (url, headers) => send('GET', url, undefined, headers),
    close: () => agent.destroy(),
  }
}
