import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { expect } from 'chai'
import { boundConnections, endUnread } from '../../../src/http/gate/connections.ts'
import { untilTrue } from '../../support/patience.ts'

const MOST = 16
const ASK = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'
const FOLLOW = 'GET /live HTTP/1.1\r\nHost: localhost\r\n\r\n'

describe('connections', () => {
  let server: Server
  let ended = 0
  const sockets: Socket[] = []
  beforeEach(async () => {
    ended = 0
    server = createServer((req, res) => {
      if (req.url === '/live') res.write('begun')
      else if (req.url === '/much') res.end(Buffer.alloc(64 * 1024 * 1024))
      else res.end('answered')
    })
    boundConnections(
      server,
      (connections) => {
        ended += connections
      },
      MOST,
    )
    await once(server.listen(0, '127.0.0.1'), 'listening')
  })
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy()
    server.closeAllConnections()
    server.close()
  })

  /** Connects from an address of this machine. */
  const from = async (localAddress: string, text = ''): Promise<Socket & { said: string }> => {
    const { port } = server.address() as AddressInfo
    const socket = Object.assign(connect({ port, host: '127.0.0.1', localAddress }), { said: '' })
    sockets.push(socket)
    socket.on('error', () => undefined)
    socket.on('data', (data) => {
      socket.said += data
    })
    await once(socket, 'connect')
    socket.write(text)
    return socket
  }
  const many = (number: number, localAddress: string, text = '') =>
    Promise.all(Array.from({ length: number }, () => from(localAddress, text)))

  it('of somebody else have their place, however many one holds', async () => {
    const held = await many(MOST, '127.0.0.2', 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n{')
    const other = await from('127.0.0.3', ASK)
    await untilTrue('it is answered', async () => other.said.includes('answered'))
    await untilTrue('the oldest is gone', () => held[0]?.closed === true)
    expect(ended).to.equal(1)
    expect(held.filter(({ closed }) => closed)).to.have.length(1)
  })

  it('over which something is still being answered stay, and those of who holds few', async () => {
    const reader = await from('127.0.0.4', FOLLOW)
    await untilTrue('it is answered', async () => reader.said.includes('begun'))
    const idle = await from('127.0.0.5', ASK)
    const held = await many(3 * MOST, '127.0.0.2')
    await untilTrue('all but the newest are gone', async () => held.filter(({ closed }) => !closed).length <= MOST - 2)
    expect([reader.closed, idle.closed]).to.deep.equal([false, false])
  })

  it('of who holds more than half of all may be ended whatever is being answered: he shuts out nobody', async () => {
    const held = await many(MOST, '127.0.0.2', FOLLOW)
    await untilTrue('all are answered', async () => held.every(({ said }) => said.includes('begun')))
    const other = await from('127.0.0.3', ASK)
    await untilTrue('it is answered', async () => other.said.includes('answered'))
  })

  it('of who holds more than who comes may be ended, where something is being answered over all of them', async () => {
    const reader = await from('127.0.0.4', FOLLOW)
    const held = (
      await Promise.all(['127.0.0.5', '127.0.0.6', '127.0.0.7'].map((address) => many(MOST / 4 + 1, address, FOLLOW)))
    ).flat()
    await untilTrue('all are answered', async () => [reader, ...held].every(({ said }) => said.includes('begun')))
    for (let others = 0; others < 3; others += 1) {
      const other = await from('127.0.0.3', ASK)
      await untilTrue('it is answered', async () => other.said.includes('answered'))
    }
    const gone = (): number => held.filter(({ closed }) => closed).length
    await untilTrue('some are gone', () => gone() > 0)
    expect(gone()).to.be.at.most(3)
    expect(reader.closed).to.equal(false)
  })

  it('end whose other side takes in nothing of an answer; live ones over which nothing is to be told stay', async () => {
    endUnread(server, 300)
    const live = await from('127.0.0.4', FOLLOW)
    const much = await from('127.0.0.5')
    much.pause()
    much.write('GET /much HTTP/1.1\r\nHost: localhost\r\n\r\n')
    const open = (): Promise<number> =>
      new Promise((resolve, reject) =>
        server.getConnections((error, number) => (error === null ? resolve(number) : reject(error))),
      )
    await untilTrue('both are there', async () => live.said.includes('begun') && (await open()) === 2)
    await untilTrue('one is gone', async () => (await open()) === 1)
    expect(live.closed).to.equal(false)
  })
})
