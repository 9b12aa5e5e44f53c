import { type Server, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Logger } from '../log.ts'

/** Why a request never became one: its headers are too large, it did not come in time, or it is no HTTP. */
export const UNREADABLE_REASONS = ['headers-too-large', 'not-in-time', 'not-http'] as const
export type UnreadableReason = (typeof UNREADABLE_REASONS)[number]

const STATUS: Readonly<Record<UnreadableReason, number>> = {
  'headers-too-large': 431,
  'not-in-time': 408,
  'not-http': 400,
}

/** What an error of Node's HTTP parser means; `null` where the client has only gone away. */
const reasonOf = (code: unknown): UnreadableReason | null => {
  if (code === 'HPE_HEADER_OVERFLOW') return 'headers-too-large'
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'not-in-time'
  return typeof code === 'string' && code.startsWith('HPE_') && code !== 'HPE_INVALID_EOF_STATE' ? 'not-http' : null
}

/** Whether an answer is on its way over this connection, into which nothing else may be written; Node itself asks no other way. */
const isAnswering = (socket: Socket): boolean =>
  (socket as Socket & { readonly _httpMessage?: { readonly headersSent: boolean } })._httpMessage?.headersSent === true

/** Counts and tells of what no handler ever sees, and answers it as Node does where nobody listens. */
export const tellOfUnreadable = (server: Server, count: (reason: UnreadableReason) => void, log: Logger): void => {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const reason = reasonOf(error.code)
    if (reason !== null) {
      count(reason)
      log.warn({ reason }, 'a request could not be read')
      if (socket.writable && !isAnswering(socket)) {
        socket.write(`HTTP/1.1 ${STATUS[reason]} ${STATUS_CODES[STATUS[reason]]}\r\nConnection: close\r\n\r\n`)
      }
    }
    socket.destroy(error)
  })
}
