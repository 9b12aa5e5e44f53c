import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request as httpRequest } from 'node:http'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import { own } from '../support/children.ts'
import { untilTrue } from '../support/patience.ts'
import { newDirectory, type Service, startService, type Taken } from '../support/service.ts'
import { newUser, request, signed, validation } from '../support/webhookBuilders.ts'

/** A delivery that is sent by hand, in pieces, over a connection of its own. */
const beginDelivery = async (service: Service, body: string) => {
  const socket: Socket = connect(Number(new URL(service.url).port), '127.0.0.1')
  const answer = textOf(socket)
  answer.catch(() => undefined)
  socket.write(
    `POST /webhooks/treezor HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`,
  )
  socket.write(body.slice(0, 100))
  await sleep(100)
  return { finish: () => socket.write(body.slice(100)), answer, end: () => socket.destroy() }
}

/** Checks that a stopped service ended well and that its store can be used again at once. */
const stoppedWell = async (service: Service, since: number, withinMs = 10_000): Promise<Service> => {
  expect(await service.exited).to.deep.equal({ code: 0, signal: null })
  expect(performance.now() - since).to.be.lessThan(withinMs)
  expect(service.stderr()).to.equal('')
  const next = await startService(service.directory)
  await next.ready()
  return next
}

describe('SIGTERM', () => {
  it('ends an idle service with code 0 at once', async () => {
    const service = await startService(newDirectory())
    const since = performance.now()
    service.signal('SIGTERM')
    const next = await stoppedWell(service, since, 4500)
    expect(await next.stop()).to.deep.equal({ code: 0, signal: null })
  })

  it('is like SIGINT', async () => {
    const service = await startService(newDirectory())
    service.signal('SIGINT')
    expect(await service.exited).to.deep.equal({ code: 0, signal: null })
  })

  it('ends the service that npm started when it is sent to npm', async () => {
    const npm = own(
      spawn('npm', ['start'], {
        cwd: fileURLToPath(new URL('../../', import.meta.url)),
        stdio: ['ignore', 'pipe', 'ignore'],
        env: { PATH: process.env['PATH'], HOME: process.env['HOME'], PORT: '0', DATA_DIR: newDirectory() },
        detached: true,
      }),
      { group: true },
    )
    // Closed once nobody has its output any more: neither npm nor the service.
    const closed = once(npm, 'close').then(([code]) => code as number | null)
    let said = ''
    npm.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    await untilTrue('it listens', () => said.includes('listening on') || npm.exitCode !== null)
    npm.kill('SIGTERM')
    expect(await closed).to.equal(0)
    expect(said).to.include('"stopped"')
  })

  it('ends an idle service in time while another process holds its log', async () => {
    const service = await startService(newDirectory())
    await service.deliver(request(newUser()))
    const other = new Database(join(service.directory, 'events.db'))
    other.exec('BEGIN IMMEDIATE')
    const since = performance.now()
    service.signal('SIGTERM')
    expect(await service.exited).to.deep.equal({ code: 0, signal: null })
    other.exec('ROLLBACK')
    other.close()
    await (await stoppedWell(service, since)).stop()
  })

  it('lets a client finish the delivery that it has begun, and takes no new one', async () => {
    const service = await startService(newDirectory())
    const user = newUser()
    const delivery = await beginDelivery(service, signed(request(user)))
    const since = performance.now()
    service.signal('SIGTERM')
    // As from npm, which passes on what the whole group of processes was sent already.
    service.signal('SIGINT')
    await sleep(100)
    service.signal('SIGTERM')
    await sleep(400)
    const refused = await service.post(signed(request(newUser()))).then(
      () => false,
      () => true,
    )
    expect(refused).to.equal(true)
    delivery.finish()
    expect(await delivery.answer)
      .to.match(/^HTTP\/1\.1 200 OK\r\n/)
      .and.to.include('"outcome":"appended"')
    const next = await stoppedWell(service, since)
    expect(await next.events(user)).to.have.length(1)
    await next.stop()
  })

  it('waits no longer than ten seconds for a client that never finishes', async () => {
    const service = await startService(newDirectory())
    const user = newUser()
    await service.deliver(request(user))
    const delivery = await beginDelivery(service, signed(validation(user)))
    const since = performance.now()
    service.signal('SIGTERM')
    const next = await stoppedWell(service, since)
    delivery.end()
    expect(await next.kyc(user)).to.include({ status: 'pending', events: 1 })
    await next.stop()
  })

  it('does not wait for a client that goes on asking over the connection it has', async () => {
    const service = await startService(newDirectory())
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const ask = (): Promise<void> =>
      new Promise((resolve, reject) => {
        httpRequest(`${service.url}/health/live`, { agent }, (response) => {
          response.resume().on('end', resolve)
        })
          .on('error', reject)
          .end()
      })
    let asking = true
    const client = (async () => {
      while (asking) await ask()
    })().catch(() => undefined)
    await sleep(200)
    const since = performance.now()
    service.signal('SIGTERM')
    await service.exited
    asking = false
    await client
    agent.destroy()
    const next = await stoppedWell(service, since, 5500)
    await next.stop()
  })

  it('does not wait for a client that keeps its connection once it is answered', async () => {
    const service = await startService(newDirectory())
    await service.ready()
    const waiting = service.get(`/users/1/kyc?minPosition=${'9'.repeat(16)}`)
    await sleep(300)
    const since = performance.now()
    service.signal('SIGTERM')
    expect((await waiting).status).to.equal(503)
    const next = await stoppedWell(service, since, 5500)
    await next.stop()
  })

  it('answers everything that is under way, and what it answered is kept', async () => {
    const service = await startService(newDirectory())
    await service.ready()
    const user = newUser()
    const { events } = await service.deliver(request(user))
    const never = (events[0]?.position ?? '').replace(/^./, '9')
    const waiting = service.get(`/users/${user}/kyc?minPosition=${never}`).then(({ status }) => status)
    const users = Array.from({ length: 50 }, newUser)
    const deliveries = users.map(async (userId) => {
      const response = await service.post(signed(request(userId)))
      return { userId, status: response.status, ...((await response.json()) as Taken) }
    })
    await sleep(5)
    const since = performance.now()
    service.signal('SIGTERM')
    const answers = await Promise.allSettled(deliveries)
    expect(await waiting).to.equal(503)
    const next = await stoppedWell(service, since)
    const acknowledged = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []))
    expect(acknowledged.length).to.be.greaterThan(0)
    for (const { userId, status, outcome } of acknowledged) {
      expect({ status, outcome }).to.deep.equal({ status: 200, outcome: 'appended' })
      expect(await next.events(userId)).to.have.length(1)
    }
    expect(await next.stop()).to.deep.equal({ code: 0, signal: null })
  })

  describe('with a DRAIN_DELAY', () => {
    /** One request over pooled connections: its status, or what went wrong. */
    const ask = (service: Service, agent: Agent, method: string, path: string, body = ''): Promise<number | string> =>
      new Promise((resolve) => {
        const sent = httpRequest(`${service.url}${path}`, { agent, method }, (response) => {
          response.resume().on('end', () => resolve(response.statusCode ?? 0))
        })
        sent.on('error', (error) => resolve(error.message))
        sent.end(body)
      })

    it('is not ready first, and answers all that a balancer sends until it has noticed', async () => {
      const service = await startService(newDirectory(), { DRAIN_DELAY: '3' })
      await service.ready()
      const agent = new Agent({ keepAlive: true, maxSockets: 8 })
      const answers: (number | string)[] = []
      let noticed = false
      const client = async (): Promise<void> => {
        while (!noticed) {
          answers.push(await ask(service, agent, 'POST', '/webhooks/treezor', signed(request(newUser()))))
          answers.push(await ask(service, agent, 'GET', '/health/live'))
          await sleep(10)
        }
      }
      const clients = Promise.all(Array.from({ length: 8 }, client))
      await sleep(300)
      const since = performance.now()
      service.signal('SIGTERM')
      const health = new Agent({ keepAlive: true, maxSockets: 1 })
      let answeredInDrain = 0
      while (!noticed) {
        await sleep(1000)
        answeredInDrain = answers.length
        noticed = (await ask(service, health, 'GET', '/health/ready')) === 503
      }
      await clients
      expect(answers.length).to.be.greaterThan(answeredInDrain)
      expect(new Set(answers)).to.deep.equal(new Set([200]))
      expect(await service.exited).to.deep.equal({ code: 0, signal: null })
      expect(performance.now() - since).to.be.within(3000, 13_000)
      agent.destroy()
      health.destroy()
    })

    it('takes new connections, tells each to end, and counts what it takes', async () => {
      const service = await startService(newDirectory(), { DRAIN_DELAY: '3' })
      await service.ready()
      service.signal('SIGTERM')
      const user = newUser()
      await sleep(500)
      const response = await service.post(signed(request(user)))
      expect(response.status).to.equal(200)
      expect(response.headers.get('connection')).to.equal('close')
      expect((await service.get('/health/ready')).status).to.equal(503)
      const next = await stoppedWell(service, performance.now(), 13_000)
      expect(await next.events(user)).to.have.length(1)
      await next.stop()
      expect(service.stdout()).to.not.include('not ready')
    })
  })
})

describe('a connection', () => {
  it('is kept idle for longer than a balancer keeps it', async () => {
    const service = await startService(newDirectory())
    const response = await service.get('/health/live')
    expect(response.headers.get('connection')).to.equal('keep-alive')
    expect(response.headers.get('keep-alive')).to.equal('timeout=75')
    await service.stop()
  })
})
