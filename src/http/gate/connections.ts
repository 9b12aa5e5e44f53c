import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { type Source, sourceOf } from './sourceAddress.ts'

/** So many connections are open at a time. */
const MOST_CONNECTIONS = 2048
/** So many go when there is one too many: looking which costs more than that they go. */
const AT_ONCE = 1 / 64
/** The system may still be opening some while others go. */
const MARGIN = 128

/** A connection, whose it is, and what is asked over it. */
interface Held {
  readonly socket: Socket
  readonly source: Source
  req: IncomingMessage | null
  res: ServerResponse | null
}

/** Whether somebody waits for an answer, or takes one in: a request has come whole, and its answer has not gone yet. */
const isAnswered = ({ req, res }: Held): boolean => req?.complete === true && res?.writableFinished === false

const NONE: ReadonlySet<never> = new Set()

/** Connections of each source, in the order in which they came. */
class Holders {
  readonly #of = new Map<Source, Set<Held>>()

  add(one: Held): void {
    const own = this.#of.get(one.source) ?? new Set()
    this.#of.set(one.source, own.add(one))
  }

  delete(one: Held): void {
    const own = this.#of.get(one.source)
    own?.delete(one)
    if (own?.size === 0) this.#of.delete(one.source)
  }

  heldBy(source: Source): number {
    return this.#of.get(source)?.size ?? 0
  }

  /** Those of whoever has the most, but for some. */
  fullest(butFor: ReadonlySet<ReadonlySet<Held>>): ReadonlySet<Held> | null {
    let fullest: ReadonlySet<Held> | null = null
    for (const own of this.#of.values()) if (own.size > (fullest?.size ?? 0) && !butFor.has(own)) fullest = own
    return fullest
  }
}

/** So long nothing of an answer has to be taken in for its connection to end. */
const TAKEN_IN_WITHIN_MS = 60_000

/** What Node answers over a connection by now; it tells so in no other way. */
const isAnsweredOver = (socket: Socket): boolean =>
  (socket as Socket & { readonly _httpMessage?: unknown })._httpMessage != null

/**
 * Ends connections over which nothing moves, but those over which an answer is still to come, such as live ones: not those whose other side takes in
 * nothing of what is there, and which would hold it in memory for as long as they like.
 */
export const endUnread = (server: Server, withinMs = TAKEN_IN_WITHIN_MS): void => {
  server.setTimeout(withinMs, (socket) => {
    if (!isAnsweredOver(socket) || socket.writableLength > 0) socket.destroy()
  })
}

/**
 * Bounds the connections, and shuts out nobody: for one too many others are ended, of the source that holds the most, the oldest over which nothing
 * is being answered: those that are idle, and those whose request does not come to its end. Live readers stay. Only a source that holds more than
 * half of all loses those, too; and, where something is being answered over all that there are, the one that holds the most, if it is more than who comes:
 * answers that nobody takes in do not end. `ended` is told how many had to go.
 */
export const boundConnections = (
  server: Server,
  ended: (connections: number) => void,
  most = MOST_CONNECTIONS,
): void => {
  const all = new Map<Socket, Held>()
  const holders = new Holders()
  server.maxConnections = most + MARGIN

  const letGo = (one: Held): void => {
    all.delete(one.socket)
    holders.delete(one)
  }

  const oldestOf = (own: ReadonlySet<Held>): Held | null => {
    for (const one of own) if (!isAnswered(one)) return one
    return own.size > most / 2 ? (own.values().next().value ?? null) : null
  }

  /** Ends so many at most, each time one of whoever has the most by then; gives how many. */
  const makeRoom = (number: number): number => {
    const allAnswered = new Set<ReadonlySet<Held>>()
    for (let gone = 0; gone < number; ) {
      const own = holders.fullest(allAnswered)
      if (own === null) return gone
      const oldest = oldestOf(own)
      if (oldest === null) allAnswered.add(own)
      else {
        letGo(oldest)
        oldest.socket.destroy()
        gone += 1
      }
    }
    return number
  }

  /** Ends the oldest of whoever has the most, whatever is being answered over it, for a source that has fewer; gives how many. */
  const makeRoomFor = (source: Source): number => {
    const own = holders.fullest(NONE)
    const [oldest] = own ?? []
    if (own === null || oldest === undefined || own.size <= holders.heldBy(source)) return 0
    letGo(oldest)
    oldest.socket.destroy()
    return 1
  }

  server.on('connection', (socket) => {
    const source = sourceOf(socket.remoteAddress)
    if (all.size >= most) {
      const gone = makeRoom(Math.ceil(most * AT_ONCE)) || makeRoomFor(source)
      ended(Math.max(1, gone))
      if (gone === 0) return void socket.destroy()
    }
    const one: Held = { socket, source, req: null, res: null }
    all.set(socket, one)
    holders.add(one)
    socket.once('close', () => letGo(one))
  })
  server.prependListener('request', (req, res) => {
    const one = all.get(req.socket)
    if (one === undefined) return
    one.req = req
    one.res = res
  })
}
