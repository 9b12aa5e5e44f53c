import { convertToCommandError } from '@eventstore/db-client'
import type { ClientDuplexStream } from '@grpc/grpc-js'
import type { AppendMessage, AppendResponse } from './appendMessages.ts'
import { NoAnswer, within } from './within.ts'

/** Takes no time on a client that has answered: the connection is there. */
const OPENED_WITHIN_MS = 1000

export type BatchAppendCall = ClientDuplexStream<AppendMessage, AppendResponse>

/**
 * Sends one append and gives the answer to it. Rejects when none comes within `milliseconds`, or when the stream it
 * was sent on ends: then it is not known what became of it. A later answer to it is dropped.
 */
export type SendAppend = (request: AppendMessage, milliseconds: number) => Promise<AppendResponse>

interface InFlight {
  readonly answer: (response: AppendResponse) => void
  readonly fail: (error: unknown) => void
}

/** An error of the stream as the client's other calls give it; as it is, when it lacks what it should carry. */
const asClientError = (error: Error): Error => {
  try {
    return convertToCommandError(error)
  } catch {
    return error
  }
}

/**
 * One call `BatchAppend` with the appends in flight on it, which nothing else knows of. It is used until its first
 * failure. Its listeners stay: whatever comes later finds nobody waiting. `over` is told when it has ended.
 *
 * What waits to be written is not held back here: the callers never have more than some dozens of appends in flight.
 */
const openStream = (call: BatchAppendCall, givenUp: AbortSignal, over: () => void): SendAppend => {
  const inFlight = new Map<string, InFlight>()
  let lastAnswer = Number.NEGATIVE_INFINITY
  let ended = false

  const end = (error: unknown): void => {
    if (ended) return
    ended = true
    givenUp.removeEventListener('abort', leave)
    over()
    for (const { fail } of inFlight.values()) fail(error)
    call.cancel()
  }
  const leave = (): void => end(new NoAnswer('the connection was given up'))

  call.on('data', (response: AppendResponse) => {
    lastAnswer = performance.now()
    inFlight.get(response.correlationId)?.answer(response)
  })
  call.on('error', (error: Error) => end(asClientError(error)))
  call.on('end', () => end(new NoAnswer('the event store ended the stream of appends')))
  call.on('close', () => end(new NoAnswer('the stream of appends was closed')))
  givenUp.addEventListener('abort', leave)
  if (givenUp.aborted) leave()

  return (request, milliseconds) =>
    new Promise((resolve, reject) => {
      if (ended) return reject(new NoAnswer('the stream of appends has ended'))
      const id = request.correlationId
      const sent = performance.now()
      const settle = (): void => {
        clearTimeout(timer)
        inFlight.delete(id)
      }
      const timer = setTimeout(() => {
        settle()
        reject(new NoAnswer(`no answer within ${milliseconds} ms`))
        // The server is silent about some appends; about all, and the stream may be dead on a living connection.
        if (lastAnswer < sent) end(new NoAnswer('the stream of appends fell silent'))
      }, milliseconds)
      inFlight.set(id, {
        answer: (response) => {
          settle()
          resolve(response)
        },
        fail: (error) => {
          settle()
          reject(error)
        },
      })
      call.write(request)
    })
}

/**
 * Sends appends on one stream until it ends, the next ones on another. All of it belongs to one client: `open` opens a
 * call on its connection, and with `givenUp` the stream ends.
 */
export const batchAppends = (open: () => Promise<BatchAppendCall>, givenUp: AbortSignal): SendAppend => {
  let current: Promise<SendAppend> | null = null

  const openAnother = async (): Promise<SendAppend> => {
    const over = (): void => {
      current = null
    }
    try {
      return openStream(await within(OPENED_WITHIN_MS, open()), givenUp, over)
    } catch (error) {
      over()
      throw error
    }
  }

  return async (request, milliseconds) => {
    current ??= openAnother()
    const send = await current
    return send(request, milliseconds)
  }
}
