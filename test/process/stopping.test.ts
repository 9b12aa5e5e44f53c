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
import { newDirectory } from '../support/newDirectory.ts'
import { ROOM_MS, takesLessThan, untilTrue } from '../support/patience.ts'
import type { Taken } from '../support/service/answers.ts'
import { own } from '../support/service/children.ts'
import { type OwnService, readyHere, type Service, serveHere, startService } from '../support/service/service.ts'
import { newUser, request, signed, validation } from '../support/webhooks/webhookBuilders.ts'

/** A delivery that is sent by hand, in pieces, over a connection of its own; the service waits for the rest. */
const beginDelivery = async (service: Service, body: string) => {
  const socket: Socket = connect(Number(new URL(service.url).port), '127.0.0.1')
  const head = `POST /webhooks/treezor HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`
  socket.write(`${head}Expect: 100-continue\r\n\r\n`)
  const [begun] = (await once(socket, 'data')) as [Buffer]
  expect(begun.toString()).to.equal('HTTP/1.1 100 Continue\r\n\r\n')
  const answer = textOf(socket)
  answer.catch(() => undefined)
  socket.write(body.slice(0, 100))
  return { finish: () => socket.write(body.slice(100)), answer, end: () => socket.destroy() }
}

/** It knows that it is to stop. */
const stopping = (service: Service): Promise<void> =>
  untilTrue('it stops', () => service.stdout().includes('"stopping"'))

/** Less than it waits for a client that does not finish: what is stopped sooner has waited for nobody. */
const AT_ONCE_MS = 5500

/** Checks that a stopped service ended well. Where it has not ended in time by its own clock, it ends with another code. */
const endedWell = async (service: Service): Promise<void> => {
  expect(await service.exited).to.deep.equal({ code: 0, signal: null })
  expect(service.stderr()).to.equal('')
}

/** The same, and that its store can be used again at once. */
const stoppedWell = async (service: Service): Promise<OwnService> => {
  await endedWell(service)
  return readyHere(service.directory)
}

describe('SIGTERM', () => {
  it('ends an idle service with code 0 at once', async () => {
    await takesLessThan(AT_ONCE_MS, async () => {
      const service = await startService(newDirectory())
      const since = performance.now()
      service.signal('SIGTERM')
      await service.exited
      const taken = performance.now() - since
      const next = await stoppedWell(service)
      await next.stop()
      return taken
    })
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
    // It waits for most of its time as it is: on a busy machine that may be over before it has come to its end.
    await takesLessThan(10_000 + ROOM_MS, async () => {
      const service = await startService(newDirectory())
      await service.deliver(request(newUser()))
      const other = new Database(join(service.directory, 'events.db'))
      other.exec('BEGIN IMMEDIATE')
      const since = performance.now()
      service.signal('SIGTERM')
      const exit = await service.exited
      const taken = performance.now() - since
      other.exec('ROLLBACK')
      other.close()
      if (exit.code === 1 && service.stdout().includes('did not stop in time')) return Number.POSITIVE_INFINITY
      await (await stoppedWell(service)).stop()
      return taken
    })
  })

  it('lets a client finish the delivery that it has begun, and takes no new one', async () => {
    const service = await startService(newDirectory())
    const user = newUser()
    const delivery = await beginDelivery(service, signed(request(user)))
    service.signal('SIGTERM')
    // As from npm, which passes on what the whole group of processes was sent already.
    service.signal('SIGINT')
    await stopping(service)
    service.signal('SIGTERM')
    await untilTrue('it takes no new one', () =>
      service.post(signed(request(newUser()))).then(
        () => false,
        () => true,
      ),
    )
    delivery.finish()
    expect(await delivery.answer)
      .to.match(/^HTTP\/1\.1 200 OK\r\n/)
      .and.to.include('"outcome":"appended"')
    const next = await stoppedWell(service)
    expect(await next.events(user)).to.have.length(1)
    await next.stop()
  })

  it('waits no longer than ten seconds for a client that never finishes', async () => {
    const service = await startService(newDirectory())
    const user = newUser()
    await service.deliver(request(user))
    const delivery = await beginDelivery(service, signed(validation(user)))
    service.signal('SIGTERM')
    const next = await stoppedWell(service)
    delivery.end()
    expect(await next.kyc(user)).to.include({ status: 'pending', events: 1 })
    await next.stop()
  })

  it('does not wait for a client that goes on asking over the connection it has', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    await takesLessThan(AT_ONCE_MS, async () => {
      const service = await startService(newDirectory())
      const ask = (): Promise<void> =>
        new Promise((resolve, reject) => {
          httpRequest(`${service.url}/health/live`, { agent }, (response) => {
            response.resume().on('end', resolve)
          })
            .on('error', reject)
            .end()
        })
      let asking = true
      let answers = 0
      const client = (async () => {
        for (; asking; answers++) await ask()
      })().catch(() => undefined)
      await untilTrue('it asks', () => answers > 10)
      const since = performance.now()
      service.signal('SIGTERM')
      await service.exited
      const taken = performance.now() - since
      asking = false
      await client
      await endedWell(service)
      return taken
    })
    agent.destroy()
  })

  it('does not wait for a client that keeps its connection once it is answered', async () => {
    await takesLessThan(AT_ONCE_MS, async () => {
      const service = await startService(newDirectory())
      await service.ready()
      const socket = connect({ port: Number(new URL(service.url).port), host: '127.0.0.1', allowHalfOpen: true })
      const never = `/users/1/kyc?minPosition=${'9'.repeat(16)}`
      // In one piece: once the first is answered, the second one waits.
      socket.write(['/health/live', never].map((path) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`).join(''))
      await once(socket, 'data')
      const answer = textOf(socket)
      const since = performance.now()
      service.signal('SIGTERM')
      expect(await answer).to.match(/^HTTP\/1\.1 503 /)
      await service.exited
      const taken = performance.now() - since
      socket.destroy()
      await endedWell(service)
      return taken
    })
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
    // What was sent before is under way.
    await Promise.race(deliveries)
    service.signal('SIGTERM')
    const answers = await Promise.allSettled(deliveries)
    expect(await waiting).to.equal(503)
    const next = await stoppedWell(service)
    const acknowledged = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []))
    expect(acknowledged.length).to.be.greaterThan(0)
    for (const { userId, status, outcome } of acknowledged) {
      expect({ status, outcome }).to.deep.equal({ status: 200, outcome: 'appended' })
      expect(await next.events(userId)).to.have.length(1)
    }
    await next.stop()
  })

  describe('with a DRAIN_DELAY', () => {
    /** Seconds; on a busy machine, too, somebody asks meanwhile. */
    const DRAIN_DELAY = '6'

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
      const service = await startService(newDirectory(), { DRAIN_DELAY })
      await service.ready()
      const agent = new Agent({ keepAlive: true, maxSockets: 8 })
      const answers: (number | string)[] = []
      let since = Number.POSITIVE_INFINITY
      /** It has not been told to stop, or not for that long. */
      const isOpen = (): boolean => performance.now() - since < 1000 * Number(DRAIN_DELAY)
      const note = (answer: number | string): void => {
        if (isOpen()) answers.push(answer)
      }
      let noticed = false
      const client = async (): Promise<void> => {
        while (!noticed) {
          note(await ask(service, agent, 'POST', '/webhooks/treezor', signed(request(newUser()))))
          note(await ask(service, agent, 'GET', '/health/live'))
          await sleep(100)
        }
      }
      const clients = Promise.all(Array.from({ length: 8 }, client))
      await untilTrue('it answers', () => answers.length > 32)
      since = performance.now()
      service.signal('SIGTERM')
      const health = new Agent({ keepAlive: true, maxSockets: 1 })
      await untilTrue(
        'it is not ready',
        async () => (await ask(service, health, 'GET', '/health/ready')) === 503 || !isOpen(),
      )
      const before = answers.length
      // On a machine so busy that nobody asked meanwhile, nobody was refused.
      await untilTrue('it goes on answering', () => answers.length > before + 32 || !isOpen())
      noticed = true
      await clients
      expect(new Set(answers)).to.deep.equal(new Set([200]))
      expect(await service.exited).to.deep.equal({ code: 0, signal: null })
      expect(performance.now() - since).to.be.at.least(1000 * Number(DRAIN_DELAY))
      agent.destroy()
      health.destroy()
    })

    it('takes new connections, tells each to end, and counts what it takes', async () => {
      const service = await startService(newDirectory(), { DRAIN_DELAY })
      await service.ready()
      const before = service.stdout().length
      service.signal('SIGTERM')
      const user = newUser()
      await stopping(service)
      const response = await service.post(signed(request(user)))
      expect(response.status).to.equal(200)
      expect(response.headers.get('connection')).to.equal('close')
      expect((await service.get('/health/ready')).status).to.equal(503)
      const next = await stoppedWell(service)
      expect(await next.events(user)).to.have.length(1)
      await next.stop()
      expect(service.stdout().slice(before)).to.not.include('not ready')
    })
  })
})

describe('a connection', () => {
  it('is kept idle for longer than a balancer keeps it', async () => {
    const service = await serveHere()
    const response = await service.get('/health/live')
    expect(response.headers.get('connection')).to.equal('keep-alive')
    expect(response.headers.get('keep-alive')).to.equal('timeout=75')
    await service.stop()
  })
})
