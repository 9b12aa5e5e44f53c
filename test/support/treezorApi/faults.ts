import type { ServerResponse } from 'node:http'

/** What a request is about. */
export type Endpoint =
  | 'token'
  | 'users'
  | 'user'
  | 'documents'
  | 'retry query'
  | 'retry link'
  | 'retry execution'
  | 'retry status'

/** What stands instead of an answer. `json`: what would have been answered. */
export type Fault = (response: ServerResponse, json: unknown) => void

/** How often, and from which request on. */
export interface Often {
  /** 1 unless it is given. */
  readonly times?: number
  /** So many requests are answered as they should be first. */
  readonly skip?: number
}

interface Planned {
  readonly on: Endpoint
  readonly fault: Fault
  times: number
  skip: number
}

export interface Faults {
  /** The next requests to this endpoint go wrong so. */
  readonly plan: (on: Endpoint, fault: Fault, often?: Often) => void
  /** What is due now; `null`: an answer. */
  readonly due: (on: Endpoint) => Fault | null
  readonly clear: () => void
}

export const plannedFaults = (): Faults => {
  const planned: Planned[] = []
  return {
    plan: (on, fault, { times = 1, skip = 0 } = {}) => void planned.push({ on, fault, times, skip }),
    due: (on) => {
      const next = planned.find((one) => one.on === on && one.times > 0)
      if (next === undefined) return null
      if (next.skip > 0) {
        next.skip -= 1
        return null
      }
      next.times -= 1
      return next.fault
    },
    clear: () => void planned.splice(0),
  }
}

export const sendJson = (response: ServerResponse, status: number, json: unknown): void =>
  void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json))

/** An error in the documented shape (Treezor API v25.04, DefaultError). The message holds what no log should. */
export const errorJson = (code: string): unknown => ({
  errors: [
    {
      type: 'invalid_request',
      code,
      message: 'of Firstname1000001',
      docUrl: 'https://docs.treezor.com/guide/api-basics/response-codes.html',
    },
  ],
})

/** 401, 403, 429, 5xx or anything else. */
export const status =
  (code: number, headers: Readonly<Record<string, string>> = {}): Fault =>
  (response) =>
    void response
      .writeHead(code, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify(errorJson('refused_error')))

/** Nothing is ever answered. */
export const silence: Fault = () => undefined

/** It is answered, after so many milliseconds. */
export const slow =
  (ms: number): Fault =>
  (response, json) =>
    void setTimeout(() => sendJson(response, 200, json), ms).unref()

/** The headers come, half of the body, and then nothing any more: the connection stays. */
export const stuck: Fault = (response, json) => {
  const text = JSON.stringify(json)
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) })
  response.write(text.slice(0, text.length / 2))
}

/** The connection breaks in the middle of the body. */
export const cut: Fault = (response, json) => {
  stuck(response, json)
  setImmediate(() => response.destroy())
}

/** The connection breaks before anything is answered. */
export const reset: Fault = (response) => void response.destroy()

export const notJson: Fault = (response) =>
  void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Firstname1000001</html>')

/** A body that does not end before so many bytes. */
export const huge =
  (bytes: number): Fault =>
  (response) => {
    const chunk = Buffer.alloc(64 * 1024, ' ')
    response.writeHead(200, { 'content-type': 'application/json' })
    let sent = 0
    const more = (): void => {
      while (sent < bytes && !response.destroyed) {
        sent += chunk.length
        if (!response.write(chunk)) return void response.once('drain', more)
      }
      response.end('{}')
    }
    more()
  }

export const redirect =
  (to: string): Fault =>
  (response) =>
    void response.writeHead(302, { location: to }).end()

/** It is answered otherwise: fields missing, ill-typed, or of somebody else. */
export const otherwise =
  (change: (json: unknown) => unknown): Fault =>
  (response, json) =>
    sendJson(response, 200, change(json))
