import * as E from 'fp-ts/lib/Either.js'
import type { Dispatcher } from 'undici'
import { readNamedFile } from '../config/namedFile.ts'
import type { TreezorApiConfig } from '../config/treezorApi.ts'

/** One request. */
export interface Sent {
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** To somebody else: this client's certificate is not shown there. */
  readonly elsewhere?: boolean
}

/** An answer. */
export interface Answered<A> {
  readonly status: number
  /** What `Retry-After` says. */
  readonly retryAfter: string | null
  /** What was made of the body of an answer 2xx. Of any other it is not read: nothing in it is of use, and it may name somebody. */
  readonly read: A | null
}

/** Makes something of a body. */
export type Read<A> = (chunks: AsyncIterable<Uint8Array>) => Promise<A>

/** Why there is none, for a person; `too-large`: there is one, of more than may be. */
export type NotAnswered =
  | { readonly _tag: 'Aborted' }
  | { readonly _tag: 'Failed'; readonly reason: string }
  | { readonly _tag: 'TooLarge'; readonly bytes: number }

/** What one request may cost. */
export interface RequestBounds {
  /** Milliseconds until the last byte of the answer. Node itself waits 10 s for a connection. */
  readonly wholeMs: number
  readonly mostBytes: number
}

export interface Transport {
  /** Sends it, and reads what comes with `read`; led nowhere else. Never rejects. */
  readonly send: <A>(
    url: string,
    sent: Sent,
    bounds: RequestBounds,
    signal: AbortSignal,
    read: Read<A>,
  ) => Promise<E.Either<NotAnswered, Answered<A>>>
  /** Reads certificate and key anew; otherwise what is wrong with them. */
  readonly renew: () => Promise<E.Either<string, void>>
  readonly close: () => Promise<void>
}

class TooLarge extends Error {}

/** The chunks, as long as they come to no more bytes than so. */
async function* bounded(body: Response['body'], mostBytes: number): AsyncIterable<Uint8Array> {
  let bytes = 0
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength
    if (bytes > mostBytes) throw new TooLarge()
    yield chunk
  }
}

/** Codes of the system, of Node and of OpenSSL are told; messages may hold an address, and are not. */
const reasonOf = (error: unknown, wholeMs: number): string => {
  if (error instanceof Error && error.name === 'TimeoutError') return `no answer within ${wholeMs / 1000} s`
  const cause = error instanceof Error ? (error.cause ?? error) : error
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : null
  return typeof code === 'string' && /^[A-Z0-9_]{1,64}$/.test(code) ? code : 'the connection broke'
}

/** All of it. */
export const whole: Read<Buffer> = async (chunks) => {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all)
}

type Tls = TreezorApiConfig['tls']

/** Requests over Node's `fetch`, with a certificate of this client's where one is configured. */
export const transportWith = (tls: Tls): Transport => {
  let shown: { readonly cert: string; readonly key: string; readonly by: Dispatcher } | null = null

  const send: Transport['send'] = async (url, { elsewhere = false, ...sent }, { wholeMs, mostBytes }, signal, read) => {
    const signals = AbortSignal.any([signal, AbortSignal.timeout(wholeMs)])
    try {
      const by = shown === null || elsewhere ? {} : { dispatcher: shown.by as never }
      const response = await fetch(url, { ...sent, ...by, redirect: 'manual', signal: signals })
      const { status, ok, headers, body } = response
      const retryAfter = headers.get('retry-after')
      if (ok) return E.right({ status, retryAfter, read: await read(bounded(body, mostBytes)) })
      await body?.cancel()
      return E.right({ status, retryAfter, read: null })
    } catch (error) {
      if (signal.aborted) return E.left({ _tag: 'Aborted' })
      if (error instanceof TooLarge) return E.left({ _tag: 'TooLarge', bytes: mostBytes })
      return E.left({ _tag: 'Failed', reason: reasonOf(error, wholeMs) })
    }
  }

  return {
    send,
    renew: async () => {
      if (tls === null) return E.right(undefined)
      const cert = readNamedFile('TREEZOR_API_TLS_CERT_FILE', tls.certificateFile)
      if (E.isLeft(cert)) return cert
      const key = readNamedFile('TREEZOR_API_TLS_KEY_FILE', tls.keyFile)
      if (E.isLeft(key)) return key
      if (shown?.cert === cert.right && shown.key === key.right) return E.right(undefined)
      const { Agent } = await import('undici')
      const before = shown
      shown = {
        cert: cert.right,
        key: key.right,
        by: new Agent({ connect: { cert: cert.right, key: key.right } }),
      }
      // What is under way over the old one goes on.
      void before?.by.close()
      return E.right(undefined)
    },
    close: async () => {
      await shown?.by.close()
      shown = null
    },
  }
}
