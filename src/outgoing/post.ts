import type { ClientRequest, IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { isIP } from 'node:net'
import { askedWait } from '../clock/retryAfter.ts'
import { isPublicAddress } from '../config/publicAddress.ts'
import type { Endpoint } from '../config/webhooksOut.ts'
import type { Position } from '../eventStore/recordedEvent.ts'
import { inPostSpan, type Traced } from './postSpan.ts'
import { NOT_PUBLIC, publicLookup, type Resolve } from './publicLookup.ts'

const { Agent: HttpAgent, request: requestHttp } = process.getBuiltinModule('node:http')

/** It was not taken. */
export interface Failed {
  readonly _tag: 'Failed'
  /** Why, for a person; nothing of what was sent, or of what was answered but the status. */
  readonly reason: string
  /** Whether nothing else would be taken either: the endpoint is out of reach, or says that it has too much to do. */
  readonly endpointDown: boolean
  /** How long it asks to be left alone; `null`: it does not say. */
  readonly askedMs: number | null
}

/** What comes of one attempt. */
export type Posted =
  | { readonly _tag: 'Delivered' }
  /** It wants no more webhooks, ever: 410. */
  | { readonly _tag: 'Gone' }
  | Failed
  /** It was ended from here. */
  | { readonly _tag: 'Aborted' }

/** How long is waited, in milliseconds. */
export interface PostBounds {
  /** Until it is connected, TLS included. */
  readonly connectMs: number
  /** Until the headers of the answer are there. Standard Webhooks recommends 15 to 30 s. */
  readonly wholeMs: number
}

const BOUNDS: PostBounds = { connectMs: 5000, wholeMs: 20_000 }
/** Of an answer's body no more is read, and not for longer: nothing in it is of use. */
const MOST_READ_BYTES = 4096
const READ_WITHIN_MS = 1000

/** What says that the endpoint is not in a state to take anything. */
const DOWN: ReadonlySet<number> = new Set([429, 502, 503, 504])

/** `cause`: the position of the log by which the body is as it is, for the span. */
export type Post = (
  headers: Readonly<Record<string, string>>,
  body: string,
  signal: AbortSignal,
  cause?: Position,
) => Promise<Posted>

export interface Poster {
  readonly post: Post
  /** Closes connections that nothing is under way on. */
  readonly close: () => void
}

const failed = (reason: string, endpointDown: boolean): Failed => ({
  _tag: 'Failed',
  reason,
  endpointDown,
  askedMs: null,
})

const reasonOf = (error: NodeJS.ErrnoException): string =>
  error.code === NOT_PUBLIC ? 'its address is not public' : (error.code ?? 'the connection failed')

const readAnswer = (answer: IncomingMessage, now: number): Posted => {
  const { statusCode: status = 0, headers } = answer
  if (status >= 200 && status < 300) return { _tag: 'Delivered' }
  if (status === 410) return { _tag: 'Gone' }
  const askedMs = askedWait(headers['retry-after'], now)
  return { _tag: 'Failed', reason: `it answers ${status}`, endpointDown: DOWN.has(status), askedMs }
}

/** Lets the end of an answer come, so that the connection can be used again; breaks it off where it is long. */
const dispose = (answer: IncomingMessage): void => {
  let bytes = 0
  const givingUp = setTimeout(() => answer.destroy(), READ_WITHIN_MS)
  answer
    .on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > MOST_READ_BYTES) answer.destroy()
    })
    .on('error', () => undefined)
    .on('close', () => clearTimeout(givingUp))
}

/** A connection that was kept open may have been closed by the other side just now: then nothing was heard there. */
const wasClosedBefore = (request: ClientRequest, { code }: NodeJS.ErrnoException): boolean =>
  request.reusedSocket && (code === 'ECONNRESET' || code === 'EPIPE')

/** What brings webhooks to an endpoint: bounded in time and size, led nowhere else, and to no address that is not public unless it may. */
export const posterTo = (
  { url, allowPrivate }: Pick<Endpoint, 'url' | 'allowPrivate'>,
  now: () => number,
  bounds: PostBounds = BOUNDS,
  resolve?: Resolve,
): Poster => {
  const target = new URL(url)
  const isTls = target.protocol === 'https:'
  const agent = isTls ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true })
  const request = isTls ? requestHttps : requestHttp
  // An address instead of a name is not looked up.
  const address = target.hostname.replace(/^\[|\]$/g, '')
  const mayNot = !allowPrivate && isIP(address) !== 0 && !isPublicAddress(address)
  const options = { agent, method: 'POST', ...(allowPrivate ? {} : { lookup: publicLookup(resolve) }) }

  const once = (
    headers: Readonly<Record<string, string>>,
    body: string,
    signal: AbortSignal,
    answered: Traced['answered'],
  ): Promise<Posted | null> =>
    new Promise((tell) => {
      let connected = false
      const asked = request(target, { ...options, headers: { ...headers, 'Content-Length': Buffer.byteLength(body) } })
      const end = (posted: Posted | null): void => {
        clearTimeout(connecting)
        clearTimeout(waiting)
        signal.removeEventListener('abort', abort)
        tell(posted)
      }
      const breakOff = (posted: Posted): void => {
        end(posted)
        asked.destroy()
      }
      const abort = (): void => breakOff({ _tag: 'Aborted' })
      const connecting = setTimeout(() => {
        if (!connected) breakOff(failed(`not connected within ${bounds.connectMs / 1000} s`, true))
      }, bounds.connectMs)
      const waiting = setTimeout(
        () => breakOff(failed(`no answer within ${bounds.wholeMs / 1000} s`, false)),
        bounds.wholeMs,
      )
      signal.addEventListener('abort', abort)
      asked
        .on('socket', (socket) => {
          connected = asked.reusedSocket
          if (connected) return
          socket.once(isTls ? 'secureConnect' : 'connect', () => {
            connected = true
          })
        })
        .on('response', (answer) => {
          answered(answer.statusCode ?? 0)
          end(readAnswer(answer, now()))
          dispose(answer)
        })
        .on('error', (error) => end(wasClosedBefore(asked, error) ? null : failed(reasonOf(error), !connected)))
        .end(body)
    })

  const post: Post = async (headers, body, signal, cause) => {
    if (mayNot) return failed('its address is not public', true)
    if (signal.aborted) return { _tag: 'Aborted' }
    return inPostSpan<Posted>(target, cause ?? null, async (traced) => {
      const sent = { ...headers, ...traced.headers }
      try {
        const posted =
          (await once(sent, body, signal, traced.answered)) ?? (await once(sent, body, signal, traced.answered))
        return posted ?? failed('ECONNRESET', false)
      } catch (error) {
        // A request that cannot be written down.
        return failed(reasonOf(error instanceof Error ? error : new Error(String(error))), false)
      }
    })
  }
  return { post, close: () => agent.destroy() }
}
