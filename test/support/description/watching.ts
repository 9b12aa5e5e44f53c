import { subscribe } from 'node:diagnostics_channel'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { type Checked, checkBody, checkHead } from './checkAnswer.ts'
import { noteSeen } from './seen.ts'

/** Where services of ours listen, as far as tests have started them, and how many. */
const ours = new Map<string, number>()

/**
 * Answers from this address are held against the description from now on, until the service that listens there has
 * ended, which is told by calling what this gives: somebody else may be given its port then.
 */
export const isOurs = (url: string): (() => void) => {
  const { origin } = new URL(url)
  const add = (services: number): void => {
    const now = (ours.get(origin) ?? 0) + services
    if (now > 0) ours.set(origin, now)
    else ours.delete(origin)
  }
  add(1)
  return () => add(-1)
}

const faults: string[] = []

/** What was wrong with answers since it was last asked. */
export const faultsSince = (): readonly string[] => faults.splice(0)

const note = (what: string, { faults: found, seen }: Pick<Checked, 'faults' | 'seen'>): void => {
  if (seen !== null) noteSeen(seen)
  for (const fault of found) faults.push(`${what}: ${fault}`)
}

/** What is held against the description of what answers whose bodies come bit by bit are read of. */
const looking = new WeakMap<Response, (text: string) => void>()

/** Holds a part of an answer that its reader has taken from `body` against the description. */
export const lookAt = (response: Response, part: string): void => looking.get(response)?.(part)

const READS = ['text', 'json', 'arrayBuffer', 'bytes', 'blob'] as const

/** The same answer; its body is looked at when it is read whole. */
const watchedBody = (response: Response, look: (text: string) => void): Response => {
  const bytes = async (): Promise<ArrayBuffer> => {
    const read = await Response.prototype.arrayBuffer.call(response)
    look(new TextDecoder().decode(read))
    return read
  }
  const reads: { readonly [Read in (typeof READS)[number]]: () => Promise<unknown> } = {
    arrayBuffer: bytes,
    bytes: async () => new Uint8Array(await bytes()),
    blob: async () => new Blob([await bytes()], { type: response.headers.get('content-type') ?? '' }),
    text: async () => new TextDecoder().decode(await bytes()),
    json: async () => JSON.parse(new TextDecoder().decode(await bytes())),
  }
  for (const read of READS) Object.defineProperty(response, read, { value: reads[read], configurable: true })
  const clone = (): Response => watchedBody(Response.prototype.clone.call(response), look)
  Object.defineProperty(response, 'clone', { value: clone, configurable: true })
  return response
}

const watched = (method: string, url: URL, response: Response): Response => {
  const { status, headers } = response
  const what = `${method} ${url.pathname} ${status}`
  const checked = checkHead({ method, pathname: url.pathname, status, header: (name) => headers.get(name) })
  note(what, checked)
  const { body } = checked
  if (body === null || method === 'HEAD') return response
  const look = (text: string): void => {
    const fault = checkBody(body, text)
    if (fault !== null) faults.push(`${what}: ${fault}`)
  }
  looking.set(response, look)
  return watchedBody(response, look)
}

const watchFetch = (): void => {
  const { fetch } = globalThis
  globalThis.fetch = async (input, init) => {
    const response = await fetch(input, init)
    const url = new URL(response.url)
    if (!ours.has(url.origin)) return response
    const method = init?.method ?? (input instanceof Request ? input.method : 'GET')
    return watched(response.redirected ? 'GET' : method, url, response)
  }
}

/** The heads of what `http.request` is answered. */
const watchRequests = (): void => {
  subscribe('http.client.response.finish', (message) => {
    const { request, response } = message as { readonly request: ClientRequest; readonly response: IncomingMessage }
    if (!ours.has(`http://${request.getHeader('host')}`)) return
    const { method, path } = request
    const { pathname } = new URL(path, 'http://x')
    const status = response.statusCode ?? 0
    const header = (name: string): string | null => response.headersDistinct[name.toLowerCase()]?.join(', ') ?? null
    note(`${method} ${pathname} ${status}`, checkHead({ method, pathname, status, header }))
  })
}

/** From now on each answer that this process receives from a service of ours is held against the description. */
export const watchAnswers = (): void => {
  watchFetch()
  watchRequests()
}
