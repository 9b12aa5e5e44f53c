import { once } from 'node:events'
import type { RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Logger } from '../log/log.ts'
import type { UnreadableReason } from '../metrics/unreadableRequests.ts'
import { boundedBodies } from './gate/boundedBodies.ts'
import { boundPipelines } from './gate/boundPipelines.ts'
import { boundConnections, endUnread } from './gate/connections.ts'
import { serveReadable } from './unreadableRequests.ts'
import { whyNotListening } from './whyNotListening.ts'

/** Not imported: Node would load fetch for that, of which the module exports a part. It takes as long as a tenth of the start. */
const { createServer } = process.getBuiltinModule('node:http')

/**
 * Longer than balancers keep an idle connection (60 s mostly): whoever sends on one that the other side has just closed gets
 * no answer, so it has to be the balancer that closes.
 */
const KEEP_ALIVE_MS = 75_000

/** So long the headers of a request may take, and all of it: 1 MiB at half a megabit a second takes 17 s, a webhook of 2 kB none. */
const HEADERS_MS = 10_000
const REQUEST_MS = 30_000
/** So often it is looked whose time is over. */
const LOOK_EVERY_MS = 1000

/** What a server tells of what no handler ever sees. */
export interface Unseen {
  readonly unreadable: (reason: UnreadableReason) => void
  /** So many connections were ended for others. */
  readonly connectionsEnded: (connections: number) => void
}

/** A server that hands `handler` all requests that can be read, and counts the others; it does not listen yet. */
export const serverOf = (handler: RequestListener, { unreadable, connectionsEnded }: Unseen, log: Logger): Server => {
  // What announces no body is not read as a stream first: 2 µs less for each read.
  const server = createServer({
    optimizeEmptyRequests: true,
    requireHostHeader: false,
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: HEADERS_MS,
    requestTimeout: REQUEST_MS,
    connectionsCheckingInterval: LOOK_EVERY_MS,
  })
  serveReadable(server, boundPipelines(boundedBodies(handler), connectionsEnded), unreadable, log)
  boundConnections(server, connectionsEnded)
  endUnread(server)
  return server
}

/** Listens, and gives the URL; a port 0 is any that is free. Rejects where the address cannot be had. */
export const listen = async (
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<string> => {
  try {
    server.listen(port, host)
    await once(server, 'listening')
  } catch (error) {
    throw new Error(whyNotListening(error, { host, port }))
  }
  const { address, port: actualPort, family } = server.address() as AddressInfo
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${actualPort}`
}
