import { existsSync, mkdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect } from 'chai'
import pino from 'pino'
import { readSigningKey } from '../../src/config/signingKey.ts'
import type { Endpoint } from '../../src/config/webhooksOut.ts'
import { askedOnFile, checkpointFile } from '../../src/outgoing/checkpoint.ts'
import { type Poster, posterTo } from '../../src/outgoing/post.ts'
import { type Sending, sendTo } from '../../src/outgoing/sending.ts'
import { sleep, type Timing } from '../../src/outgoing/timing.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { PATIENCE_MS, untilTrue } from '../support/patience.ts'
import { right } from '../support/right.ts'
import { type MemorySource, memorySource } from './memorySource.ts'
import { type Receiver, receiving, status } from './receiver.ts'

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const HOUR_MS = 3_600_000
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Time that passes when it is told to. */
const tellingTime = (): Timing & { readonly pass: (ms: number) => void } => {
  let now = Date.parse('2026-03-01T10:00:00Z')
  const sleepers = new Set<{ readonly until: number; readonly wake: () => void }>()
  return {
    now: () => now,
    random: () => 0.5,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const sleeper = { until: now + ms, wake: () => resolve() }
        const wake = (): void => {
          sleepers.delete(sleeper)
          resolve()
        }
        sleepers.add(sleeper)
        signal.addEventListener('abort', wake, { once: true })
        if (signal.aborted) wake()
      }),
    pass: (ms) => {
      now += ms
      for (const sleeper of sleepers) {
        if (sleeper.until > now) continue
        sleepers.delete(sleeper)
        sleeper.wake()
      }
    },
  }
}

const REAL: Timing = { now: Date.now, sleep, random: Math.random }

interface World {
  readonly directory: string
  readonly source: MemorySource
  readonly receiver: Receiver
  readonly lines: readonly string[]
  /** Requests that are under way. */
  readonly inFlight: () => number
  readonly start: (endpoint?: Partial<Endpoint>) => Sending
}

const worlds: { sendings: Sending[]; receiver: Receiver }[] = []

const newWorld = async (timing: Timing, source = memorySource(), directory = newDirectory()): Promise<World> => {
  const receiver = await receiving(SECRET, timing === REAL)
  const lines: string[] = []
  const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) })
  const sendings: Sending[] = []
  let inFlight = 0
  worlds.push({ sendings, receiver })
  return {
    directory,
    source,
    receiver,
    lines,
    inFlight: () => inFlight,
    start: (more = {}) => {
      const keys = [right(readSigningKey(SECRET))]
      const endpoint = { name: 'payments', from: 'beginning', url: `${receiver.url}/${SECRET}`, keys, ...more } as const
      const { post, close } = posterTo({ url: endpoint.url, allowPrivate: true }, timing.now)
      const poster: Poster = {
        post: async (...request) => {
          inFlight += 1
          return post(...request).finally(() => {
            inFlight -= 1
          })
        },
        close,
      }
      const sending = sendTo({ endpoint, keys: () => keys, source, dataDir: directory, poster, timing, log })
      sendings.push(sending)
      return sending
    },
  }
}

const kept = ({ directory }: World) => JSON.parse(readFileSync(checkpointFile(directory, 'payments'), 'utf8'))
const told = ({ receiver }: World): readonly string[] =>
  receiver.came.map(({ userId, version }) => `${userId}.${version}`)

describe('telling an endpoint of changes', () => {
  afterEach(async () => {
    for (const { sendings, receiver } of worlds.splice(0)) {
      receiver.answers(status(204))
      await Promise.all(sendings.map((sending) => sending.stop(0)))
      await receiver.close()
    }
  })

  it('sends the newest state of each user as a CloudEvent, signed, and after a restart nothing of it again', async () => {
    const world = await newWorld(REAL)
    const { source, receiver, start } = world
    for (const user of ['1', '2', '1', '3']) source.change(user)
    const first = start()
    await untilTrue('all are told', () => first.figures().delivered === 3)
    expect(told(world)).to.deep.equal(['2.1', '1.2', '3.1'])
    expect(receiver.came[0]?.headers).to.include({
      'content-type': 'application/cloudevents+json; charset=utf-8',
      'user-agent': 'kyc-ledger',
      'webhook-id': 'change_00000002',
    })
    source.change('2')
    await untilTrue('the change is told', () => first.figures().delivered === 4)
    await first.stop(1000)
    expect(kept(world)).to.deep.include({ version: 1, log: 'a log', after: '00000005', waiting: [], givenUp: [] })
    const file = checkpointFile(world.directory, 'payments')
    expect([statSync(file).mode & 0o777, statSync(dirname(file)).mode & 0o777]).to.deep.equal([0o600, 0o700])
    source.change('9')
    const second = start()
    await untilTrue('what changed meanwhile is told', () => second.figures().delivered === 1)
    expect(told(world)).to.deep.equal(['2.1', '1.2', '3.1', '2.2', '9.1'])
  })

  it('begins with what changes from when it is first known on, where nothing else is said, and keeps that', async () => {
    const world = await newWorld(REAL)
    world.source.change('1')
    const first = world.start({ from: 'now' })
    await untilTrue('the place is kept', () => existsSync(checkpointFile(world.directory, 'payments')))
    await first.stop(1000)
    world.source.change('2')
    const second = world.start({ from: 'now' })
    await untilTrue('what changed since is told', () => second.figures().delivered === 1)
    expect(told(world)).to.deep.equal(['2.1'])
  })

  it('holds up nobody for a user whose webhook is not taken, and gives up that one alone after three days', async () => {
    const timing = tellingTime()
    const world = await newWorld(timing)
    const { source, receiver, start } = world
    receiver.answers((came, res) => status(came.userId === '13' ? 500 : 204)(came, res))
    source.change('13')
    const sending = start()
    for (let hour = 0; hour < 100; hour += 1) {
      source.change(String(hour + 100))
      await untilTrue('the others are told', () => sending.figures().delivered === hour + 1)
      timing.pass(HOUR_MS)
      await turn()
    }
    await untilTrue('it is given up', () => sending.figures().givenUp === 1)
    expect(sending.figures()).to.include({ state: 'on', pending: 0 })
    expect(receiver.came.filter(({ userId }) => userId === '13').length).to.be.within(7, 10)
    expect(world.lines.join('')).to.include('a webhook is given up')

    // Nothing is lost: whoever switches the endpoint on has it sent again.
    receiver.answers(status(204))
    await untilTrue('it is kept', () => existsSync(checkpointFile(world.directory, 'payments')))
    writeFileSync(askedOnFile(world.directory, 'payments'), '')
    await untilTrue('it is sent again', () => {
      timing.pass(1000)
      return receiver.came.at(-1)?.userId === '13'
    })
    expect(told(world).at(-1)).to.equal('13.1')
  })

  it('tries an endpoint that is down ever more rarely, one webhook at a time, and switches it off after three days', async () => {
    const timing = tellingTime()
    const world = await newWorld(timing)
    const { source, receiver, start } = world
    receiver.answers(status(503))
    for (const user of ['1', '2', '3']) source.change(user)
    const sending = start()
    await untilTrue('it is down', () => sending.figures().state === 'down')
    let most = 0
    for (let minutes = 0; sending.figures().state !== 'off' && minutes < 6 * 24 * 60; minutes += 10) {
      await untilTrue('it is answered', () => world.inFlight() === 0)
      const isDown = sending.figures().state === 'down'
      timing.pass(10 * 60_000)
      await turn()
      if (isDown) most = Math.max(most, world.inFlight())
    }
    await untilTrue('it is off', () => sending.figures().state === 'off')
    expect(most).to.be.at.most(1)
    expect(receiver.came.length).to.be.within(8, 20)
    expect(timing.now() - Date.parse('2026-03-01T10:00:00Z')).to.be.within(72 * HOUR_MS, 80 * HOUR_MS)
    expect(world.lines.join('')).to.include('outgoing webhooks are switched off: it took none for three days')

    const before = receiver.came.length
    receiver.answers(status(204))
    source.change('2')
    timing.pass(200 * HOUR_MS)
    await turn()
    expect(receiver.came.length).to.equal(before)
    await sending.stop(1000)
    expect(kept(world).standing.off.reason).to.equal('dead')

    const second = start()
    await turn()
    expect(second.figures().state).to.equal('off')
    writeFileSync(askedOnFile(world.directory, 'payments'), '')
    await untilTrue('all are told', () => {
      timing.pass(1000)
      return second.figures().delivered === 3
    })
    expect(told(world).slice(before).toSorted()).to.deep.equal(['1.1', '2.2', '3.1'])
    expect(existsSync(askedOnFile(world.directory, 'payments'))).to.equal(false)
    expect(second.figures().state).to.equal('on')
  })

  it('sends nothing more once it is answered 410, however often it is started', async () => {
    const world = await newWorld(REAL)
    world.receiver.answers(status(410))
    world.source.change('1')
    const first = world.start()
    await untilTrue('it is off', () => first.figures().state === 'off')
    await first.stop(1000)
    world.source.change('2')
    const second = world.start()
    await untilTrue('it is off', () => second.figures().state === 'off')
    expect(told(world)).to.deep.equal(['1.1'])
    expect(world.lines.join('')).to.include('it answered 410')
  })

  it('leaves whoever asks for it alone for so long', async () => {
    const timing = tellingTime()
    const world = await newWorld(timing)
    world.receiver.answers(status(429, { 'Retry-After': '1200' }))
    world.source.change('1')
    world.source.change('2')
    const sending = world.start()
    await untilTrue('it is down', () => sending.figures().state === 'down')
    world.receiver.answers(status(204))
    const before = world.receiver.came.length
    for (let minutes = 0; minutes < 19; minutes += 1) {
      timing.pass(60_000)
      await turn()
    }
    expect(world.receiver.came.length).to.equal(before)
    timing.pass(61_000)
    await untilTrue('it is told', () => sending.figures().delivered === 2)
  })

  it('waits while nothing can be told, an endpoint that is down too, and asks no more than now and then', async () => {
    const timing = tellingTime()
    const world = await newWorld(timing)
    world.receiver.answers(status(503))
    for (const user of ['1', '2']) world.source.change(user)
    const first = world.start()
    await untilTrue('it is down', () => first.figures().state === 'down')
    await untilTrue('it is at rest', () => world.inFlight() === 0)
    await first.stop(0)
    world.source.tells(false)
    timing.pass(HOUR_MS)
    world.receiver.answers(status(204))
    const before = world.source.asked()
    const second = world.start()
    let passes = 0
    await untilTrue('it is looked again', () => {
      timing.pass(1000)
      passes += 1
      return world.source.asked() > before + 3
    })
    expect(passes, 'seconds').to.be.above(10)
    expect(second.figures()).to.include({ state: 'down', delivered: 0, failed: 0 })
    world.source.tells(true)
    await untilTrue('all are told', () => {
      timing.pass(1000)
      return second.figures().delivered === 2
    })
  })

  it('is off where it is not known what it was told: another log, a place that is none, a file that cannot be read', async () => {
    const directory = newDirectory()
    const file = checkpointFile(directory, 'payments')
    const world = await newWorld(REAL, memorySource(), directory)
    world.source.change('1')
    const first = world.start()
    await untilTrue('it is told', () => first.figures().delivered === 1)
    await first.stop(1000)
    const good = readFileSync(file, 'utf8')
    for (const bad of [
      good.replace('a log', 'another'),
      good.replace('"00000001"', '"nowhere"'),
      good.slice(0, 40),
      '',
    ]) {
      writeFileSync(file, bad)
      const sending = world.start()
      await untilTrue('it is off', () => sending.figures().state === 'off')
      await sending.stop(1000)
      expect(kept(world).standing.off.reason).to.equal('checkpoint-lost')
    }
    expect(told(world)).to.deep.equal(['1.1'])
    // Whoever switches it on has everybody told: nothing is left out.
    writeFileSync(askedOnFile(directory, 'payments'), '')
    const on = world.start({ from: 'now' })
    await untilTrue('all are told', () => on.figures().delivered === 1)
  })

  it('lets what is under way come to its end when it is stopped, breaks off what does not, and sends that again', async () => {
    const world = await newWorld(REAL)
    const { source, receiver, start } = world
    let answerTheFirst: () => void = () => undefined
    receiver.answers((came, res) => {
      if (came.userId === '1') answerTheFirst = () => void res.writeHead(204).end()
    })
    source.change('1')
    source.change('2')
    const first = start()
    await untilTrue('both are under way', () => receiver.came.length === 2)
    const stopping = first.stop(PATIENCE_MS)
    answerTheFirst()
    await untilTrue('the first is told', () => first.figures().delivered === 1)
    await Promise.all([first.stop(0), stopping])
    expect(first.figures()).to.include({ delivered: 1, failed: 0 })
    expect(kept(world).waiting.map(({ userId }: { userId: string }) => userId)).to.deep.equal(['2'])
    receiver.answers(status(204))
    const second = start()
    await untilTrue('the other is told', () => second.figures().delivered === 1)
    expect(told(world)).to.deep.equal(['1.1', '2.1', '2.1'])
    expect(receiver.came[1]?.id).to.equal(receiver.came[2]?.id)
  })

  it('goes on where its checkpoint cannot be written, and says so once', async () => {
    const directory = newDirectory()
    // A directory stands where the next checkpoint is written.
    mkdirSync(`${checkpointFile(directory, 'payments')}.next`, { recursive: true })
    const world = await newWorld(REAL, memorySource(), directory)
    world.source.change('1')
    const sending = world.start()
    await untilTrue('it is told', () => sending.figures().delivered === 1)
    await sending.stop(100)
    expect(world.lines.filter((line) => line.includes('cannot be written')).length).to.equal(1)
  })

  it('tells nothing before it is kept where it began, where that is now', async () => {
    const directory = newDirectory()
    const inTheWay = `${checkpointFile(directory, 'payments')}.next`
    mkdirSync(inTheWay, { recursive: true })
    const world = await newWorld(REAL, memorySource(), directory)
    const sending = world.start({ from: 'now' })
    await untilTrue('it says so', () => world.lines.some((line) => line.includes('cannot be written')))
    world.source.change('1')
    await sleep(100, new AbortController().signal)
    expect(world.receiver.came).to.deep.equal([])
    rmdirSync(inTheWay)
    await untilTrue('it is told', () => sending.figures().delivered === 1)
  })

  it('is switched on once by one asking, and does not hammer who takes nothing where that cannot be kept', async () => {
    const directory = newDirectory()
    const file = checkpointFile(directory, 'payments')
    mkdirSync(`${file}.next`, { recursive: true })
    writeFileSync(askedOnFile(directory, 'payments'), '')
    const world = await newWorld(REAL, memorySource(), directory)
    world.receiver.answers(status(500))
    world.source.change('1')
    const sending = world.start()
    await untilTrue('it failed', () => sending.figures().failed > 0)
    await sleep(300, new AbortController().signal)
    expect(world.receiver.came.length).to.equal(1)
    rmdirSync(`${file}.next`)
    await untilTrue('it is kept', () => !existsSync(askedOnFile(directory, 'payments')))
  })

  it('never writes a secret or an address to its log, or anything of a user but his id to its file', async () => {
    const world = await newWorld(REAL)
    let answered = 0
    world.receiver.answers((_came, res) => {
      answered += 1
      res.writeHead([500, 302, 410][answered % 3] ?? 500, { Location: `/${SECRET}` }).end(SECRET)
    })
    for (const user of ['11', '12', '13', '14', '15', '16']) world.source.change(user)
    const sending = world.start()
    await untilTrue('it is off', () => sending.figures().state === 'off')
    await sending.stop(1000)
    const text = world.lines.join('') + readFileSync(checkpointFile(world.directory, 'payments'), 'utf8')
    expect(world.lines.length).to.be.above(3)
    for (const part of [SECRET, SECRET.slice(6), world.receiver.url, '127.0.0.1', 'version":1,"subject']) {
      expect(text).to.not.include(part)
    }
  })
})
