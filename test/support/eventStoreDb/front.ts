import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** The public port of the double: hands bytes to the gRPC server behind it, unless told otherwise. */
export interface Front {
  readonly port: number
  /** Resets the connection that reaches the gRPC server as `peer`; every connection when none is named. */
  readonly cut: (peer?: string) => void
  /** From now on connections are taken and nothing moves, as with a stopped process. Not even a ping is answered. */
  readonly freeze: () => void
  readonly thaw: () => void
  readonly close: () => Promise<void>
}

interface Pair {
  readonly client: Socket
  readonly back: Socket
}

const join = ({ client, back }: Pair): void => {
  client.pipe(back)
  back.pipe(client)
}

const part = ({ client, back }: Pair): void => {
  client.unpipe(back).pause()
  back.unpipe(client).pause()
}

/** Opens the port (0: any free one) on 127.0.0.1. */
export const openFront = async (port: number, backPort: number): Promise<Front> => {
  const pairs = new Set<Pair>()
  let frozen = false

  const server = createServer((client) => {
    const back = connect(backPort, '127.0.0.1')
    const pair = { client, back }
    pairs.add(pair)
    for (const [socket, other] of [
      [client, back],
      [back, client],
    ] as const) {
      socket.setNoDelay(true)
      socket.on('error', () => {})
      socket.on('close', () => {
        other.destroy()
        pairs.delete(pair)
      })
    }
    if (!frozen) join(pair)
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')

  const cut = (peer?: string): void => {
    for (const { client, back } of pairs) {
      if (peer !== undefined && peer !== `127.0.0.1:${back.localPort}`) continue
      // Node cannot reset a connection that it is ending: the handle would stay open, and the process never exit.
      if (client.writableEnded) client.destroy()
      else client.resetAndDestroy()
    }
  }
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    freeze: () => {
      frozen = true
      pairs.forEach(part)
    },
    thaw: () => {
      frozen = false
      pairs.forEach(join)
    },
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      cut()
      await closed
    },
  }
}
