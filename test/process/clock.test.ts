import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { EventStoreDBClient } from '@eventstore/db-client'
import { expect } from 'chai'
import * as E from 'fp-ts/lib/Either.js'
import { fromMilliseconds } from '../../domain/instant.ts'
import { storeUnavailable } from '../../src/eventStore/appendOutcome.ts'
import type { EventStore } from '../../src/eventStore/eventStore.ts'
import { openEventStore } from '../../src/eventStore/openEventStore.ts'
import { receiveDelivery } from '../../src/ingest/receiveDelivery.ts'
import { recordFacts } from '../../src/ingest/recordFact.ts'
import { sharedStream } from '../../src/ledger/streams.ts'
import { webhookSecret } from '../../src/webhooks/signature.ts'
import { type EventStoreDb, startEventStoreDb } from '../support/eventStoreDb/eventStoreDb.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { eventually } from '../support/patience.ts'
import { right } from '../support/right.ts'
import { itLong } from '../support/rounds.ts'
import { expectProblem } from '../support/service/answers.ts'
import { type Done, kyc } from '../support/service/kyc.ts'
import { kycHere } from '../support/service/kycHere.ts'
import { type OwnService, readyHere, startService } from '../support/service/service.ts'
import { newUser, refusal, request, SECRET, signed, users, validation } from '../support/webhooks/webhookBuilders.ts'

const MINUTE = 60_000
const YEAR = 365 * 24 * 60 * MINUTE
const SHIFTED = new URL('../support/service/shiftedClock.ts', import.meta.url).href

/** What a process is started with whose wall clock can be set, by so many milliseconds. */
const settableClock = (directory: string, shift = 0) => {
  const file = join(directory, 'shift')
  const set = (milliseconds: number): void => writeFileSync(file, String(milliseconds))
  set(shift)
  return { env: { NODE_OPTIONS: `--import=${SHIFTED}`, SHIFTED_CLOCK: file }, set }
}

const readinessOf = async (service: OwnService): Promise<Readonly<Record<string, unknown>>> => {
  const response = await service.get('/health/ready')
  return { code: response.status, ...((await response.json()) as object) }
}

const untilClockIs = (service: OwnService, clock: string): Promise<true> =>
  eventually(`the clock is ${clock}`, async () => ((await readinessOf(service))['clock'] === clock ? true : null))

/** It takes no delivery, says so everywhere, and goes on answering what is asked. */
const expectClosed = async (service: OwnService, clock: string, known: string): Promise<void> => {
  await untilClockIs(service, clock)
  expect(await readinessOf(service)).to.include({ code: 503, status: 'not ready', clock })
  const response = await service.post(signed(request(newUser())))
  expect(response.headers.get('retry-after')).to.equal('60')
  expect(await expectProblem(response, 503)).to.include('/problems/clock-wrong')
  const metrics = await (await service.get('/metrics')).text()
  expect(metrics)
    .to.match(/^kyc_clock_right 0$/m)
    .and.to.match(/^kyc_deliveries_total\{outcome="ClockWrong"\} [1-9]/m)
  await eventually('the log says so', () => (service.stdout().includes('clock: the clock ') ? true : null))
  await eventually('it answers', async () => ((await service.get(`/users/${known}/kyc`)).status === 200 ? true : null))
}

const ACCEPT = ['clock', '--accept', '--author', 'ops', '--reason', 'NTP was off']
const accept = (directory: string, env = {}, ...words: readonly string[]): Promise<Done> =>
  kycHere(directory, [...ACCEPT, ...words], env)

describe('a node whose clock is wrong', () => {
  it('takes nothing once its clock has leapt, nor after a restart, until somebody has looked at it', async () => {
    const directory = newDirectory()
    const clock = settableClock(directory)
    let service = await startService(directory, clock.env)
    await service.ready()
    const user = newUser()
    await service.deliver(request(user))
    await service.kyc(user)
    clock.set(20 * MINUTE)
    await expectClosed(service, 'leapt', user)
    await service.stop()

    service = await startService(directory, clock.env)
    await expectClosed(service, 'leapt', user)
    expect((await kycHere(directory, ['clock'])).stdout).to.match(
      /^leap: the clock went forwards by 1200 s, noticed at /m,
    )
    // Of an embedded log there is one writer.
    const refused = await accept(directory)
    expect(refused.code).to.equal(1)
    expect(refused.stderr).to.include('the service has to be stopped first')
    await service.stop()

    const ended = await accept(directory)
    expect(ended.code, ended.stderr).to.equal(0)
    expect(ended.stdout).to.include(`are wrong`)
    service = await startService(directory, clock.env)
    await service.ready()
    await service.deliver(validation(user))
    expect(await service.kyc(user)).to.include({ status: 'validated' })
    expect((await kycHere(directory, ['clock'])).stdout)
      .to.match(/^accepted: /m)
      .and.to.not.include('leap')
    await service.stop()
  })

  it('seals nothing by it either, so that nothing from the future is in the log when it is right again', async () => {
    const directory = newDirectory()
    const clock = settableClock(directory)
    const service = await startService(directory, { ...clock.env, SEAL_EVERY: '3' })
    await service.ready()
    await eventually('a checkpoint', async () => ((await service.get('/checkpoint')).status === 200 ? true : null))
    const user = newUser()
    await service.deliver(request(user))
    clock.set(YEAR)
    await untilClockIs(service, 'leapt')
    await eventually('nothing is sealed', () =>
      service.stdout().includes('the clock is not right (leapt)') ? true : null,
    )
    clock.set(0)
    await service.ready()
    await service.deliver(validation(user))
    await eventually('all is sealed', async () => {
      const metrics = await (await service.get('/metrics')).text()
      return /^kyc_sealed_events 4$/m.test(metrics) ? true : null
    })
    await service.stop()
  })

  it('is right again when the leap is taken back, and where nothing was received wrongly', async () => {
    const directory = newDirectory()
    const clock = settableClock(directory)
    const service = await startService(directory, clock.env)
    await service.ready()
    const user = newUser()
    await service.deliver(request(user))
    clock.set(-YEAR)
    await expectClosed(service, 'leapt', user)
    clock.set(0)
    await service.ready()
    clock.set(YEAR)
    await untilClockIs(service, 'leapt')
    await service.stop()
    const ended = await accept(directory, {}, '--none')
    expect(ended.stdout).to.include('recorded: no receipt is wrong')
    const again = await startService(directory, clock.env)
    await again.ready()
    await again.stop()
  })

  it('takes nothing when it starts behind what the log holds', async () => {
    const directory = newDirectory()
    const clock = settableClock(directory)
    const first = await startService(directory, clock.env)
    await first.ready()
    const user = newUser()
    await first.deliver(validation(user))
    await first.kyc(user)
    await first.stop()
    clock.set(-20 * MINUTE)
    const second = await startService(directory, clock.env)
    await expectClosed(second, 'behind', user)
    await second.stop()
    clock.set(0)
    const third = await startService(directory, clock.env)
    await third.ready()
    await third.deliver(refusal(user))
    expect(await third.kyc(user)).to.include({ status: 'refused' })
    await third.stop()
  })

  itLong(
    'and was a year ahead for one run stands in the way of the next, until the receipts of that run are given up',
    async () => {
      const directory = newDirectory()
      const clock = settableClock(directory, YEAR)
      const ahead = await startService(directory, clock.env)
      await ahead.ready()
      const user = newUser()
      await ahead.deliver(validation(user))
      expect(await ahead.kyc(user)).to.include({ status: 'validated' })
      await ahead.stop()
      clock.set(0)
      const stopped = await startService(directory, clock.env)
      await expectClosed(stopped, 'behind', user)
      const knownThen = new Date().toISOString()
      await stopped.stop()

      const shown = await kycHere(directory, ['clock'])
      expect(shown.stdout).to.match(
        /^recorded later than now: 2 events, by up to 3153\d{4} s, from \d+ \(kyc-log, revision 0\)/m,
      )
      const ended = await accept(directory)
      expect(ended.code, ended.stderr).to.equal(0)
      const service = await startService(directory, clock.env)
      await service.ready()
      await service.deliver(refusal(user))
      expect(await service.kyc(user)).to.include({ status: 'refused' })

      // Of what was known before it was corrected, what is answered now says that it was.
      const known = await service.get(`/users/${user}/kyc?knownAt=${new Date().toISOString()}`)
      expect(known.headers.get('kyc-corrections')).to.equal('1')
      expect(await known.json()).to.include({ status: 'refused' })
      expect((await service.get(`/users/${user}/kyc?knownAt=${knownThen}`)).status).to.equal(404)
      const replayed = await kycHere(directory, ['replay', '--dry-run'])
      expect(replayed.stdout, replayed.stderr).to.include('the same, row by row')
      await service.stop()
    },
  )

  it('is told how to accept what', async () => {
    const directory = newDirectory()
    const service = await readyHere(directory)
    await service.stop()
    for (const words of [['--accept'], ['--accept', '--author', 'a'], ['--from', '1', '--to', '2'], ['--acept']]) {
      const ended = await kycHere(directory, ['clock', ...words])
      expect(ended.code).to.equal(2)
      expect(ended.stderr).to.match(/^usage: clock/)
    }
    // Neither secret nor keys are asked for, wherever the service listens.
    const shown = await kycHere(directory, ['clock'], { HOST: '0.0.0.0', API_KEYS: 'not one' })
    expect(shown.stdout).to.equal('nothing shows that a clock was wrong\n')
    expect((await accept(directory)).stderr).to.include('nothing is wrong that could be accepted')
    // In the order of texts they span the whole log, and are positions of none of its events.
    expect((await accept(directory, {}, '--from', '0', '--to', '9')).stderr).to.include('no event stands')
    const slow = settableClock(directory, -20 * MINUTE)
    expect((await kyc(directory, [...ACCEPT, '--none'], slow.env)).stderr).to.include('recorded later than now')
  })

  describe('in front of EventStoreDB', () => {
    let server: EventStoreDb
    beforeEach(async () => {
      server = await startEventStoreDb()
    })
    afterEach(() => server.stop())

    itLong('goes on, as a new one does, where the streams that a record names were deleted', async () => {
      const env = { EVENT_STORE: server.connectionString }
      const service = await readyHere(newDirectory(), env)
      const [first, between, last] = [newUser(), newUser(), newUser()]
      const from = (await service.deliver(validation(first))).events[0]?.position ?? ''
      await service.deliver(request(between))
      const to = (await service.deliver(validation(last))).events[0]?.position ?? ''
      const ended = await accept(service.directory, env, '--from', from, '--to', to)
      expect(ended.code, ended.stderr).to.equal(0)
      const known = `/users/${between}/kyc?knownAt=${new Date().toISOString()}`
      const corrected = async (node: OwnService): Promise<string | null> => {
        const answer = await node.get(known)
        const text = await answer.text()
        return answer.headers.get('kyc-corrections') === '1' ? text : null
      }
      const before = await eventually('it has heard of it', () => corrected(service))
      await service.stop()
      const client = EventStoreDBClient.connectionString`${server.connectionString}`
      await client.deleteStream(`kyc-${first}`)
      await client.tombstoneStream(`kyc-${last}`)
      await client.dispose()
      for (const directory of [service.directory, newDirectory()]) {
        const node = await readyHere(directory, env)
        expect(await corrected(node)).to.equal(before)
        await node.stop()
      }
    })

    it('is right where the server took long ago what is appended again: the whole of a webhook whose parts were cut short', async () => {
      const webhook = users([{ userId: newUser() }, { userId: newUser() }])
      const body = Buffer.from(signed(webhook))
      const store = right(await openEventStore({ kind: 'esdb', connectionString: server.connectionString })())
      const append: EventStore['append'] = (stream, ...rest) =>
        stream.startsWith(sharedStream(''))
          ? store.append(stream, ...rest)
          : async () => E.left(storeUnavailable('cut'))
      const receivedAt = fromMilliseconds(Date.now())
      const receive = receiveDelivery({
        recorder: recordFacts({ ...store, append }, () => receivedAt),
        secrets: () => [webhookSecret(SECRET)],
        keep: async () => E.right(undefined),
      })
      const outcome = await receive({ body, contentType: null, receivedAt, resubmitted: false })
      expect(outcome._tag).to.equal('NotStored')
      await store.close()
      const [whole, ...others] = server.events()
      expect(others).to.deep.equal([])
      whole?.created.setTime(Date.now() - 10 * MINUTE)

      const service = await readyHere(newDirectory(), { EVENT_STORE: server.connectionString })
      // The server is asked once a second, and its answer comes a moment later.
      await sleep(1100)
      expect((await service.deliver(webhook)).outcome).to.equal('appended')
      await sleep(1100)
      expect((await service.deliver(request(newUser()))).outcome).to.equal('appended')
      expect(await readinessOf(service)).to.include({ code: 200, clock: 'right' })
      await service.stop()
    })

    it('finds by the clock of the server that its own is wrong, and another node that it is behind', async () => {
      const directory = newDirectory()
      const clock = settableClock(directory, YEAR)
      const env = { EVENT_STORE: server.connectionString }
      // Who begins a log appends to it, and is found out by that: before anything is delivered.
      const begins = await readyHere(newDirectory(), env)
      await begins.stop()
      const ahead = await startService(directory, { ...env, ...clock.env })
      await ahead.ready()
      const user = newUser()
      await ahead.deliver(validation(user))
      await expectClosed(ahead, 'skewed', user)
      const other = await startService(newDirectory(), env)
      await expectClosed(other, 'behind', user)

      clock.set(0)
      await untilClockIs(ahead, 'leapt')
      // The service goes on meanwhile: it hears of what is accepted.
      const ended = await accept(directory, env)
      expect(ended.code, ended.stderr).to.equal(0)
      await Promise.all([ahead.ready(), other.ready()])
      await other.deliver(refusal(user))
      expect(await other.kyc(user)).to.include({ status: 'refused' })
      const then = new Date().toISOString()
      for (const node of [ahead, other]) {
        const known = await node.get(`/users/${user}/kyc?knownAt=${then}`)
        expect(known.headers.get('kyc-corrections')).to.equal('1')
        expect(await known.json()).to.include({ status: 'refused' })
      }
      await ahead.stop()
      await other.stop()
    })
  })
})
