import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { expect } from 'chai'
import { boundPipelines } from '../../../src/http/gate/boundPipelines.ts'
import { untilTrue } from '../../support/patience.ts'

const ask = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`

describe('requests of one connection', () => {
  let server: Server
  let [asked, ended] = [0, 0]
  let open: ServerResponse[] = []
  let socket: Socket
  let said = ''
  beforeEach(async () => {
    asked = 0
    ended = 0
    open = []
    said = ''
    server = createServer(
      boundPipelines(
        (req, res) => {
          asked += 1
          if (req.url === '/later') open.push(res)
          else res.end('answered')
        },
        (connections) => {
          ended += connections
        },
      ),
    )
    await once(server.listen(0, '127.0.0.1'), 'listening')
    socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    socket
      .on('error', () => undefined)
      .on('data', (data) => {
        said += data
      })
    await once(socket, 'connect')
  })
  afterEach(() => {
    socket.destroy()
    server.closeAllConnections()
    server.close()
  })
  const answers = (): number => said.split('answered').length - 1

  it('are not done one and all when hundreds come at a time: the connection ends', async () => {
    socket.write(ask('/later').repeat(500))
    await untilTrue('the connection is over', async () => socket.closed)
    expect(asked).to.equal(4)
    expect(ended).to.equal(1)
  })

  it('nor when each is answered at once', async () => {
    socket.write(ask('/').repeat(500))
    await untilTrue('the connection is over', async () => socket.closed)
    expect(asked).to.equal(4)
  })

  it('may be some, and any number one after the other', async () => {
    socket.write(ask('/later').repeat(4))
    await untilTrue('all have come', async () => open.length === 4)
    for (const res of open) res.end('answered')
    await untilTrue('all are answered', async () => answers() === 4)
    for (let more = 1; more <= 20; more += 1) {
      socket.write(ask('/'))
      await untilTrue('it is answered', async () => answers() === 4 + more)
    }
    expect([asked, ended, socket.destroyed]).to.deep.equal([24, 0, false])
  })
})
