import * as E from 'fp-ts/lib/Either.js'

/** What somebody else's server has answered. */
export interface Answered {
  readonly status: number
  /** Without parameters, in lower case. */
  readonly contentType: string
  readonly body: Buffer
}

/** How long an answer is waited for, to its last byte. */
const WITHIN_MS = 5000
/** No honest answer is larger: a note with two dozen post-quantum signatures is 80 kB. */
const LARGEST_ANSWER_BYTES = 256 * 1024

const isTimeout = (error: unknown): boolean => error instanceof Error && error.name === 'TimeoutError'

const reasonOf = (error: unknown, withinMs: number): string => {
  if (isTimeout(error)) return `no answer within ${withinMs / 1000} s`
  const cause = error instanceof Error ? error.cause : undefined
  const { code, message } = (typeof cause === 'object' && cause !== null ? cause : {}) as Record<string, unknown>
  return [code, message, error instanceof Error ? error.message : null].filter(Boolean).map(String)[0] ?? 'no answer'
}

const readBody = async (response: Response): Promise<Buffer | null> => {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > LARGEST_ANSWER_BYTES) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

export interface Asking {
  readonly method: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array<ArrayBuffer>
}

/** Bounds of waiting. */
export interface Patience {
  /** 5000 unless it is given. */
  readonly withinMs?: number
  /** Ends it early. */
  readonly signal?: AbortSignal
}

/**
 * Asks a server that is not ours: bounded in time and size, and led nowhere else. Gives its answer whatever the status is, or
 * why there is none.
 */
export const exchange = async (
  url: string,
  asking: Asking,
  { withinMs = WITHIN_MS, signal }: Patience = {},
): Promise<E.Either<string, Answered>> => {
  const signals = [AbortSignal.timeout(withinMs), ...(signal === undefined ? [] : [signal])]
  try {
    const response = await fetch(url, { ...asking, redirect: 'manual', signal: AbortSignal.any(signals) })
    const body = await readBody(response)
    if (body === null) return E.left(`its answer is larger than ${LARGEST_ANSWER_BYTES / 1024} KiB`)
    const [contentType = ''] = (response.headers.get('content-type') ?? '').split(';')
    return E.right({ status: response.status, contentType: contentType.trim().toLowerCase(), body })
  } catch (error) {
    return E.left(reasonOf(error, withinMs))
  }
}
