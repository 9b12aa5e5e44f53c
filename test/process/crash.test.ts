import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { newDirectory } from '../support/newDirectory.ts'
import { untilTrue } from '../support/patience.ts'
import { CRASH_ROUNDS } from '../support/rounds.ts'
import {
  type Delivery,
  expectNothingLost,
  expectReadModelOfLog,
  factsAbout,
  send,
  streamOf,
} from '../support/service/deliveries.ts'
import { type Service, startService } from '../support/service/service.ts'
import type { Env } from '../support/service/serviceProcess.ts'
import { newUser } from '../support/webhooks/webhookBuilders.ts'

const CLIENTS = 24
/** Each round is killed some time after so many acknowledgements, however long these take. */
const ACKNOWLEDGED = 6
const LONGEST_MS = 400

const everybody = Array.from({ length: 4 }, newUser)
const newFact = factsAbout(everybody)

const isAcknowledged = ({ acknowledged }: Delivery): boolean => acknowledged !== null

/** Sends new facts, and now and then one that was sent before, until the service is gone. */
const client = async (service: Service, sent: Delivery[]): Promise<void> => {
  for (;;) {
    const before = randomInt(4) === 0 ? sent[randomInt(sent.length + 1)] : undefined
    const delivery = before ?? newFact()
    if (before === undefined) sent.push(delivery)
    try {
      await send(service, delivery)
    } catch (error) {
      if (error instanceof TypeError) return
      throw error
    }
  }
}

const { EVENTSTORE_TEST_URL: realServer } = process.env
const stores: readonly (readonly [name: string, env: Env])[] = [
  ['the embedded store', {}],
  ...(realServer === undefined ? [] : [['a real EventStoreDB', { EVENT_STORE: realServer }] as const]),
]

for (const [store, env] of stores)
  describe(`kill -9 under load, with ${store}`, () => {
    it(`loses nothing that was acknowledged, and takes nothing twice, in ${CRASH_ROUNDS} rounds`, async () => {
      const directory = newDirectory()
      const sent: Delivery[] = []
      for (let round = 0; round < CRASH_ROUNDS; round++) {
        const service = await startService(directory, env)
        if (round > 0) {
          await service.ready()
          await expectNothingLost(service, everybody, sent)
          await expectReadModelOfLog(service, everybody)
        }
        const load = Promise.all(Array.from({ length: CLIENTS }, () => client(service, sent)))
        const before = sent.filter(isAcknowledged).length
        await untilTrue('acknowledgements', () => sent.filter(isAcknowledged).length >= before + ACKNOWLEDGED)
        await sleep(randomInt(LONGEST_MS))
        expect(await service.kill()).to.deep.equal({ code: null, signal: 'SIGKILL' })
        await load
      }
      const acknowledged = sent.filter(isAcknowledged)
      expect(acknowledged.length).to.be.at.least(CRASH_ROUNDS * ACKNOWLEDGED)
      expect(acknowledged.length).to.be.lessThan(sent.length)

      const service = await startService(directory, env)
      await expectNothingLost(service, everybody, sent)
      const count = async (): Promise<number> => {
        const streams = await Promise.all(everybody.map((user) => streamOf(service, user)))
        return streams.reduce((sum, events) => sum + events.length, 0)
      }
      const before = await count()
      for (const delivery of acknowledged) await send(service, delivery)
      expect(await count()).to.equal(before)
      for (const delivery of sent) await send(service, delivery)
      await expectNothingLost(service, everybody, sent)
      const everything = await count()
      for (const delivery of sent) await send(service, delivery)
      expect(await count()).to.equal(everything)
      await service.ready()
      await expectReadModelOfLog(service, everybody)
      expect(await service.stop()).to.deep.equal({ code: 0, signal: null })
    }).timeout(120_000 + 30_000 * CRASH_ROUNDS)
  })
