import type { RequestListener, Server } from 'node:http'
import type { Socket } from 'node:net'
import { boundedLines } from '../log/boundedLines.ts'
import type { Logger } from '../log/log.ts'
import type { UnreadableReason } from '../metrics/unreadableRequests.ts'
import { isAnnouncedTooLarge } from './gate/boundedBodies.ts'
import { NOT_KEPT } from './headers.ts'

const { STATUS_CODES } = process.getBuiltinModule('node:http')

const STATUS: Readonly<Record<UnreadableReason, number>> = {
  'headers-too-large': 431,
  'not-in-time': 408,
  'not-http': 400,
  'no-host': 400,
  expectation: 417,
}

const HEADER_LINES = Object.entries({ ...NOT_KEPT, Connection: 'close' })
  .map(([name, value]) => `${name}: ${value}\r\n`)
  .join('')

/** What an error of Node's HTTP parser means; `null` where the client has only gone away. */
const reasonOf = (code: unknown): UnreadableReason | null => {
  if (code === 'HPE_HEADER_OVERFLOW') return 'headers-too-large'
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'not-in-time'
  return typeof code === 'string' && code.startsWith('HPE_') && code !== 'HPE_INVALID_EOF_STATE' ? 'not-http' : null
}

/** Whether an answer is on its way over this connection, into which nothing else may be written; Node itself asks no other way. */
const isAnswering = (socket: Socket): boolean =>
  (socket as Socket & { readonly _httpMessage?: { readonly headersSent: boolean } })._httpMessage?.headersSent === true

/**
 * Serves requests, and counts and tells of what no handler ever sees, which it answers as Node does where nobody listens. Node
 * must not look for `Host` itself (`requireHostHeader`): it would tell nobody.
 */
export const serveReadable = (
  server: Server,
  handler: RequestListener,
  count: (reason: UnreadableReason) => void,
  log: Logger,
): void => {
  const warn = boundedLines(log)
  const tell = (reason: UnreadableReason): void => {
    count(reason)
    warn({ reason }, 'a request could not be read')
  }
  const refuse =
    (reason: UnreadableReason): RequestListener =>
    (_req, res) => {
      tell(reason)
      res.writeHead(STATUS[reason], { ...NOT_KEPT, Connection: 'close' }).end()
    }
  const refuseHostless = refuse('no-host')
  server.on('checkExpectation', refuse('expectation'))
  // What is refused before it is read is not asked for.
  server.on('checkContinue', (req, res) => {
    if (!isAnnouncedTooLarge(req)) res.writeContinue()
    server.emit('request', req, res)
  })
  server.on('request', (req, res) =>
    req.headers.host === undefined && req.httpVersion === '1.1' ? refuseHostless(req, res) : handler(req, res),
  )
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const reason = reasonOf(error.code)
    if (reason !== null) {
      tell(reason)
      if (socket.writable && !isAnswering(socket)) {
        socket.write(`HTTP/1.1 ${STATUS[reason]} ${STATUS_CODES[STATUS[reason]]}\r\n${HEADER_LINES}\r\n`)
      }
    }
    socket.destroy(error)
  })
}
