import type { RequestListener } from 'node:http'
import type { Socket } from 'node:net'

/** So many requests of one connection may be without an answer. Balancers and browsers send the next one when they have the answer to the last. */
const MOST_UNANSWERED = 4

/** To Node's parser, from `onIncoming`: what follows is no HTTP. It reads on otherwise, through all that has come. */
const NO_HTTP_FOLLOWS = 2

/** Ends a connection in the middle of what has come over it. Node has no other way: where this one is gone, the rest is read and thrown away. */
const breakOff = (socket: Socket & { readonly parser?: { onIncoming: () => number } | null }): void => {
  if (socket.parser != null) socket.parser.onIncoming = () => NO_HTTP_FOLLOWS
  socket.destroy()
}

/**
 * Ends a connection over which more requests come than are answered (RFC 9112, 9.3.2): Node hands over at once whatever has come, hundreds of small ones,
 * and everybody else's would come after all of them.
 */
export const boundPipelines = (handler: RequestListener, ended: (connections: number) => void): RequestListener => {
  const unanswered = new WeakMap<Socket, number>()
  return (req, res) => {
    const { socket } = req
    // What had come together with one too many, if Node reads it all the same.
    if (socket.destroyed) return
    const waiting = (unanswered.get(socket) ?? 0) + 1
    if (waiting > MOST_UNANSWERED) {
      ended(1)
      return breakOff(socket)
    }
    unanswered.set(socket, waiting)
    res.on('close', () => unanswered.set(socket, (unanswered.get(socket) ?? 1) - 1))
    handler(req, res)
  }
}
