import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { type Client, newClient } from '../support/deploy/asking.ts'
import { type Balancer, balancers } from '../support/deploy/balancers.ts'
import { untilTrue } from '../support/patience.ts'

/** Something that answers as it is told, and notes what it was asked. */
interface Node {
  readonly address: string
  readonly asked: IncomingMessage[]
  ready: boolean
  answer: RequestListener
  readonly close: () => void
}

const ANSWERS: RequestListener = (_req, res) => void res.end('{}')
const REFUSES: RequestListener = (_req, res) => void res.writeHead(503).end('{}')
/** Takes the request whole, and breaks off: whoever asked cannot know what became of it. */
const DIES: RequestListener = async (req) => {
  for await (const _ of req);
  req.socket.resetAndDestroy()
}

const startNode = async (): Promise<Node> => {
  const node = { asked: [] as IncomingMessage[], ready: true, answer: ANSWERS }
  const server: Server = createServer((req, res) => {
    if (req.url === '/health/ready') return void res.writeHead(node.ready ? 200 : 503).end('{}')
    node.asked.push(req)
    node.answer(req, res)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return Object.assign(node, {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  })
}

for (const kind of balancers())
  describe(`the configuration of ${kind.name}`, () => {
    let nodes: readonly [Node, Node]
    let balancer: Balancer
    const client: Client = newClient()
    before(async () => {
      nodes = [await startNode(), await startNode()]
      balancer = await kind.start([nodes[0].address, nodes[1].address])
    })
    beforeEach(() => {
      for (const node of nodes) {
        node.asked.length = 0
        node.answer = ANSWERS
      }
    })
    after(async () => {
      client.close()
      await balancer?.stop()
      for (const node of nodes ?? []) node.close()
    })
    const asked = (): readonly IncomingMessage[] => nodes.flatMap((node) => node.asked)
    const deliver = (body = '{}', headers = {}) =>
      client.ask('POST', `${balancer.hooks}/webhooks/treezor`, body, headers)

    /** As a service asks, which has a key. */
    const read = (path: string) =>
      client.ask('GET', `${balancer.internal}${path}`, undefined, { authorization: 'Bearer a-key' })

    it('tells a node who asks, whatever he says of himself', async () => {
      const lies = {
        'x-forwarded-for': '198.51.100.7',
        'x-forwarded-proto': 'http',
        forwarded: 'for=198.51.100.7;proto=http',
        host: 'kyc.example.com',
      }
      await deliver('{}', lies)
      await client.ask('GET', `${balancer.internal}/users/4711/kyc`, undefined, lies)
      expect(asked()).to.have.length(2)
      for (const { headers } of asked()) {
        expect(headers).to.include({ 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'https' })
        expect(headers).to.include({ host: 'kyc.example.com' }).and.not.have.property('forwarded')
      }
    })

    it('lets the outside reach one path, and nobody what each node tells of itself', async () => {
      for (const path of ['/', '/users', '/metrics', '/health/ready', '/webhooks/treezor/x', '/changes'])
        expect((await client.ask('GET', `${balancer.hooks}${path}`)).status, path).to.equal(404)
      for (const path of ['/metrics', '/health/ready', '/health/live'])
        expect((await client.ask('GET', `${balancer.internal}${path}`)).status, path).to.equal(404)
      expect(asked()).to.deep.equal([])
      expect((await client.ask('GET', `${balancer.internal}/users`)).status).to.equal(200)
    })

    it('sends a delivery to the other node when one breaks off in the middle, and nothing else that changes something', async () => {
      nodes[0].answer = DIES
      for (let i = 0; i < 4; i++) expect((await deliver()).status).to.equal(200)
      expect(nodes[0].asked).to.not.have.length(0)
      expect(nodes[1].asked).to.have.length(4)

      for (const node of nodes) node.answer = DIES
      const before = asked().length
      // Over a connection that was in use before HAProxy breaks off as well: it does not know either.
      const place = client.ask('POST', `${balancer.internal}/users/4711/holds`, '{}')
      expect(await place.then(({ status }) => status).catch(() => 502)).to.equal(502)
      expect(asked().length).to.equal(before + 1)
    })

    it('asks another node where one cannot tell, and gives the last answer where none can', async () => {
      nodes[0].answer = REFUSES
      for (let i = 0; i < 4; i++) {
        expect((await read('/users/4711/kyc')).status).to.equal(200)
        expect((await read('/changes')).status).to.equal(200)
      }
      expect(nodes[0].asked).to.not.have.length(0)
      nodes[1].answer = REFUSES
      expect((await read('/users/4711/kyc')).status).to.equal(503)
      expect((await deliver()).status).to.equal(503)
    })

    it('has a person stay with one node, who has signed in there, and asks both for services', async () => {
      const first = await client.ask('GET', `${balancer.internal}/`)
      const [cookie = ''] = (first.headers['set-cookie'] ?? []).map((one) => one.split(';')[0])
      for (let i = 0; i < 9; i++) await client.ask('GET', `${balancer.internal}/`, undefined, { cookie })
      expect(nodes.map((node) => node.asked.length).sort()).to.deep.equal([0, 10])
      for (let i = 0; i < 10; i++) await read('/users/4711/kyc')
      for (const node of nodes) expect(node.asked.length).to.be.at.least(5)

      const stayedWith = nodes[0].asked.length > nodes[1].asked.length ? nodes[0] : nodes[1]
      stayedWith.answer = REFUSES
      expect((await client.ask('GET', `${balancer.internal}/`, undefined, { cookie })).status).to.equal(200)
    })

    it('takes no node for lost because it refuses: whoever has no secret could have both thrown out', async () => {
      for (const node of nodes) node.answer = REFUSES
      for (let i = 0; i < 30; i++) expect((await deliver('{"forged":true}')).status).to.equal(503)
      for (const node of nodes) node.answer = ANSWERS
      for (let i = 0; i < 10; i++) expect((await deliver()).status).to.equal(200)
      for (const node of nodes) expect(node.asked.length).to.be.greaterThan(10)
    })

    it('asks nodes all the same where none is ready: they know best what they can take', async () => {
      for (const node of nodes) node.ready = false
      await untilTrue('that is seen', async () => !(await balancer.seesReady()))
      expect((await deliver()).status).to.equal(200)
      expect((await read('/users/4711/kyc')).status).to.equal(200)
      expect((await client.ask('GET', `${balancer.internal}/`)).status).to.equal(200)
      for (const node of nodes) node.ready = true
      await untilTrue('that is seen', async () => (await balancer.seesReady()) !== 0)
    })

    it('lets the service see what is a little too large, and nothing that is far too large', async () => {
      expect((await deliver('x'.repeat(1_100_000))).status).to.equal(200)
      expect(asked()).to.have.length(1)
      // It is not read to its end: whoever still sent it could find the connection closed before he has the answer.
      expect(await client.announce(`${balancer.hooks}/webhooks/treezor`, 2_200_000)).to.equal(413)
      expect(asked()).to.have.length(1)
    })

    it('passes on each line of an answer that goes on as it comes', async () => {
      for (const node of nodes)
        node.answer = (req, res) => {
          res.writeHead(200, { 'content-type': 'text/event-stream' }).write(':\n\n')
          req.socket.once('close', () => res.destroy())
        }
      for (const path of ['/changes', '/events']) {
        const answer = await client.follow(`${balancer.internal}${path}`, { accept: 'text/event-stream' })
        const [first] = await once(answer, 'data')
        expect(String(first)).to.equal(':\n\n')
        answer.destroy()
      }
    })

    it('writes down no user', async () => {
      await client.ask('GET', `${balancer.internal}/users/4711/kyc/history?asOf=2026-01-01T00:00:00Z`)
      await client.ask('GET', `${balancer.internal}/access?userId=4711`)
      await balancer.stop()
      expect(balancer.logged()).to.include(' /users/-/kyc/history 200 ')
      expect(balancer.logged()).to.match(/ POST \/webhooks\/treezor 503 /)
      expect(balancer.logged()).to.not.include('4711')
    })
  })
