import { setTimeout as sleep } from 'node:timers/promises'
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client'
import { expect } from 'chai'
import * as E from 'fp-ts/lib/Either.js'
import { systemClock } from '../../src/clock/clock.ts'
import { openEsdbEventStore } from '../../src/eventStore/esdb/esdbEventStore.ts'
import type { EventStore } from '../../src/eventStore/eventStore.ts'
import { type LogVerified, verifyLog } from '../../src/evidence/verifyLog.ts'
import { receiveDelivery } from '../../src/ingest/receiveDelivery.ts'
import { recordFacts } from '../../src/ingest/recordFact.ts'
import { webhookSecret } from '../../src/webhooks/signature.ts'
import { type EventStoreDb, startEventStoreDb } from '../support/eventStoreDb/eventStoreDb.ts'
import { eventsOf } from '../support/logs/logs.ts'
import { right } from '../support/right.ts'
import { sealedByHand } from '../support/seals/standingSeals.ts'
import {
  newUser,
  refusal,
  request,
  SECRET,
  signed,
  validation,
  type WebhookFields,
} from '../support/webhooks/webhookBuilders.ts'

// An administrator of the server takes events out of a log that was sealed.

interface Administrator {
  readonly connectionString: string
  readonly client: EventStoreDBClient
  readonly scavenge: () => Promise<void>
}

/** A log of its own inside the server, with events of some users and seals over all of it, and what an auditor has of it. */
const sealedLog = async (connectionString: string) => {
  const streamPrefix = `attacked-${newUser()}-`
  const store = right(await openEsdbEventStore({ connectionString, streamPrefix })())
  const { seal, keys } = await sealedByHand(store)
  const receive = receiveDelivery({
    recorder: recordFacts(store, systemClock),
    secrets: () => [webhookSecret(SECRET)],
    keep: async () => E.left('nothing is kept'),
  })
  const deliver = async (webhook: WebhookFields): Promise<void> => {
    const body = Buffer.from(signed(webhook))
    const outcome = await receive({
      body,
      contentType: 'application/json',
      receivedAt: systemClock(),
      resubmitted: false,
    })
    expect(outcome._tag).to.equal('Appended')
  }
  const [user, other] = [newUser(), newUser()]
  for (const told of [request, refusal, validation]) {
    for (const one of [other, user, other]) {
      await deliver(
        told(
          one,
          { id: newUser(), createdAt: Date.now() * 10 + Math.floor(Math.random() * 10_000) },
          { userTag: newUser() },
        ),
      )
    }
    await seal()
  }
  return { store, streamPrefix, keys, user, other }
}

type SealedLog = Awaited<ReturnType<typeof sealedLog>>

/** What is wrong in a log, as lines, and whether it still begins with what the auditor's checkpoint was made over. */
const foundIn = async ({ store, keys }: Pick<SealedLog, 'store' | 'keys'>) => {
  const verified: LogVerified = await verifyLog(store, { secrets: [webhookSecret(SECRET)], keys })
  const wrong = verified.wrong.map(({ stream, place, what }) => `${stream} ${place?.revision ?? ''}: ${what}`)
  return { wrong, damaged: verified.damaged, size: verified.size }
}

const inServer = ({ streamPrefix }: SealedLog, stream: string): string =>
  `${streamPrefix}${stream.slice('kyc-'.length)}`

const CUTS: Readonly<Record<string, (client: EventStoreDBClient, stream: string) => Promise<unknown>>> = {
  'cut to its last event ($maxCount)': (client, stream) => client.setStreamMetadata(stream, { maxCount: 1 }),
  'cut before an event ($tb)': (client, stream) => client.setStreamMetadata(stream, { truncateBefore: 2 }),
  'cut to what is younger than a second ($maxAge)': async (client, stream) => {
    await client.setStreamMetadata(stream, { maxAge: 1 })
    await sleep(2500)
  },
  'deleted softly': (client, stream) => client.deleteStream(stream),
  'deleted for good': (client, stream) => client.tombstoneStream(stream),
}

/** A server takes out what it does when it comes to it; one with large chunks takes out nothing here. */
const TAKEN_OUT_WITHIN_MS = 10_000

const policies = (name: string, connect: () => Administrator): void => {
  describe(`a sealed log in ${name}`, () => {
    const stores: EventStore[] = []
    const made = async (): Promise<SealedLog> => {
      const log = await sealedLog(connect().connectionString)
      stores.push(log.store)
      return log
    }
    afterEach(async () => {
      await Promise.all(stores.splice(0).map((store) => store.close()))
    })

    it('has nothing wrong as long as nobody attacks it, nor where metadata take nothing away', async () => {
      const log = await made()
      expect(await foundIn(log)).to.deep.include({ wrong: [], damaged: [] })
      await connect().client.setStreamMetadata(inServer(log, `kyc-${log.user}`), { maxCount: 1000 })
      expect(await foundIn(log)).to.deep.include({ wrong: [], damaged: [] })
    })

    for (const [how, cut] of Object.entries(CUTS)) {
      it(`of which the stream of a user was ${how} names that stream, and nothing else`, async () => {
        const log = await made()
        const stream = `kyc-${log.user}`
        await cut(connect().client, inServer(log, stream))
        const found = await foundIn(log)
        expect(found).to.deep.include({ wrong: [], damaged: [stream] })
      })
    }

    for (const stream of ['kyc-log', 'kyc-seals']) {
      it(`of which ${stream} was deleted says so, softly or for good`, async () => {
        for (const isForGood of [false, true]) {
          const log = await made()
          const { client } = connect()
          const inside = inServer(log, stream)
          await (isForGood ? client.tombstoneStream(inside) : client.deleteStream(inside))
          const { wrong, damaged } = await foundIn(log)
          expect(damaged).to.deep.equal([stream])
          for (const line of wrong) expect(line).to.match(new RegExp(`^${stream} `))
          if (stream === 'kyc-log') expect(wrong).to.not.have.length(0)
        }
      })
    }

    it('names what a scavenge took from it by the checkpoint over it, also where the metadata are taken back', async function () {
      const { client, scavenge } = connect()
      const log = await made()
      const stream = `kyc-${log.user}`
      const inside = inServer(log, stream)
      await client.setStreamMetadata(inside, { truncateBefore: 2 })
      await scavenge()
      const isGone = async (): Promise<boolean> =>
        !(await eventsOf(log.store)).some((event) => event.stream === stream && event.revision === 0)
      const until = performance.now() + TAKEN_OUT_WITHIN_MS
      while (!(await isGone()) && performance.now() < until) await sleep(200)
      if (!(await isGone())) return this.skip()
      expect((await foundIn(log)).damaged).to.deep.equal([stream])
      await client.setStreamMetadata(inside, {})
      const { wrong } = await foundIn(log)
      const all = wrong.join('\n')
      expect(all).to.contain(`${stream} 2: its stream should go on with revision 0 here`)
      expect(
        wrong.filter((line) => /^kyc-seals \d+: the first \d+ events are not those that it was made over/.test(line)),
        all,
      ).to.have.length(1)
    })
  })
}

const { EVENTSTORE_TEST_URL: realServer } = process.env
if (realServer === undefined) {
  console.log('EVENTSTORE_TEST_URL is not set: no sealed log was attacked in a real EventStoreDB')
} else {
  const client = EventStoreDBClient.connectionString(realServer)
  after(() => client.dispose())
  policies('a real EventStoreDB', () => ({
    client,
    connectionString: realServer,
    // Only what lies in a completed chunk is taken out: of 256 MiB, unless the server is started with a smaller --chunk-size.
    scavenge: async () => {
      for (let filled = 0; filled < 4; filled += 1) {
        const data = { filler: 'x'.repeat(500_000) }
        await client.appendToStream(`filler-${newUser()}`, jsonEvent({ type: 'filler', data }))
      }
      const { protocol, host } = new URL(realServer.replace(/^esdb(\+discover)?:/, 'http:'))
      await fetch(`${protocol}//${host}/admin/scavenge`, { method: 'POST', body: '' }).catch(() => undefined)
    },
  }))
}

const double: EventStoreDb = await startEventStoreDb()
const client = EventStoreDBClient.connectionString(double.connectionString)
after(async () => {
  await client.dispose()
  await double.stop()
})
policies('the protocol double', () => ({
  client,
  connectionString: double.connectionString,
  scavenge: async () => double.scavenge(),
}))
