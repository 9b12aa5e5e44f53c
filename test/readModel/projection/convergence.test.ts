import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import type { UserId } from '../../../domain/identifiers.ts'
import { openSqliteEventStore } from '../../../src/eventStore/sqlite/sqliteEventStore.ts'
import { receiveDelivery } from '../../../src/ingest/receiveDelivery.ts'
import { recordFacts } from '../../../src/ingest/recordFact.ts'
import { openReadModelReader } from '../../../src/readModel/database/reader.ts'
import { openReadModelWriter } from '../../../src/readModel/database/writer.ts'
import { runProjection } from '../../../src/readModel/projection/runProjection.ts'
import { sign, webhookSecret } from '../../../src/webhooks/signature.ts'
import type { WebhookJson } from '../../support/documentedWebhooks.ts'
import { arrivals, arrivalsWithoutEcho, distinguished, shuffled, withOwnIds } from '../../support/histories.ts'
import { readModelFile } from '../../support/projecting.ts'
import { right } from '../../support/right.ts'
import { instant } from '../../support/storedEvents.ts'
import { temporaryDirectory } from '../../support/temporaryDirectory.ts'

const SECRET = 'development'
const NOW = instant('2030-01-01T00:00:00Z')

/** The way of a webhook from its body to the read model, in this process, with a clock that stands still. */
const openWorld = async () => {
  const directory = await temporaryDirectory()
  const store = right(await openSqliteEventStore({ file: join(directory.path, 'events.db') })())
  const model = openReadModelWriter(readModelFile(directory.path))
  const reader = openReadModelReader(readModelFile(directory.path))
  const stopping = new AbortController()
  let projected = ''
  const projecting = runProjection(store, model, stopping.signal, ({ position }) => {
    projected = position ?? projected
  })
  const receive = receiveDelivery({
    recorder: recordFacts(store, () => NOW),
    secrets: [webhookSecret(SECRET)],
    keep: async () => E.right(undefined),
  })
  return {
    /** Delivers these one after the other and gives the answers about `users` once they are projected. */
    answersAfter: async (bodies: readonly string[], users: readonly string[]): Promise<readonly (string | null)[]> => {
      let end = ''
      for (const body of bodies) {
        const outcome = await receive({
          body: Buffer.from(body),
          contentType: null,
          receivedAt: NOW,
          resubmitted: false,
        })
        if (outcome._tag !== 'Appended' && outcome._tag !== 'Duplicate') throw new Error(outcome._tag)
        for (const { position } of outcome.events) if (position > end) end = position
      }
      for (const until = performance.now() + 5000; projected < end; await sleep(1)) {
        if (performance.now() > until) throw new Error('the projection does not move on')
      }
      return users.map((user) => reader.kycAnswer(user as UserId)?.body ?? null)
    },
    close: async (): Promise<void> => {
      stopping.abort()
      await projecting
      reader.close()
      model.close()
      await store.close()
      await directory.remove()
    },
  }
}

let runs = 0
/** The bodies of these webhooks, with users, documents and webhook ids that no other run has. */
const deliveries = (webhooks: readonly WebhookJson[], run: number): readonly string[] =>
  webhooks.map((webhook) => {
    const own = JSON.stringify(webhook, (key, value) => (key === 'webhook_id' ? `${value} of ${run}` : value)).replace(
      /"(userId|user_id|object_id|documentId)":("?)(42|43|801|802)\2/g,
      (_, member, quote, id) => `"${member}":${quote}${run}${id}${quote}`,
    )
    const payload = JSON.stringify(JSON.parse(own).object_payload)
    return JSON.stringify({ ...JSON.parse(own), object_payload_signature: sign(payload, SECRET) })
  })
const usersOf = (run: number): readonly string[] => [`${run}42`, `${run}43`]

/** As they are, but some documents do not name their user. */
const withOrphans = (all: fc.Arbitrary<readonly WebhookJson[]>): fc.Arbitrary<readonly WebhookJson[]> =>
  fc
    .tuple(all, fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }))
    .map(([webhooks, blackened]) =>
      webhooks.map((webhook, index) =>
        blackened[index] && String(webhook.webhook).startsWith('document.')
          ? JSON.parse(JSON.stringify(webhook).replaceAll('"userId":"42"', '"userId":"1XXXXXX"'))
          : webhook,
      ),
    )

const someOf = <A>(items: readonly A[]): fc.Arbitrary<A[]> => fc.subarray([...items])

describe('through store and projection', () => {
  let one: Awaited<ReturnType<typeof openWorld>>
  let other: Awaited<ReturnType<typeof openWorld>>
  before(async () => {
    one = await openWorld()
    other = await openWorld()
  })
  after(async () => {
    await one.close()
    await other.close()
  })

  const sameAnswers = async (first: readonly WebhookJson[], second: readonly WebhookJson[]): Promise<void> => {
    const run = ++runs
    const expected = await one.answersAfter(deliveries(first, run), usersOf(run))
    expect(await other.answersAfter(deliveries(second, run), usersOf(run))).to.deep.equal(expected)
  }

  it('any order and any repetition of deliveries gives the same answer, to the byte', async () => {
    const histories = withOrphans(arrivalsWithoutEcho.map(distinguished)).chain((webhooks) =>
      fc.tuple(
        fc.constant(webhooks),
        someOf(webhooks).chain((again) => shuffled([...webhooks, ...again])),
      ),
    )
    await fc.assert(
      fc.asyncProperty(histories, ([webhooks, inAnyOrder]) => sameAnswers(webhooks, inAnyOrder)),
      { numRuns: 150 },
    )
  })

  it('any repetition gives the same answer where payloads echo each other, too', async () => {
    const histories = withOrphans(arrivals(12).map(distinguished).map(withOwnIds)).chain((webhooks) =>
      fc.tuple(
        fc.constant(webhooks),
        fc
          .tuple(...webhooks.map((_, index) => someOf(webhooks.slice(0, index + 1))))
          .map((again) => webhooks.flatMap((webhook, index) => [webhook, ...(again[index] ?? [])])),
      ),
    )
    await fc.assert(
      fc.asyncProperty(histories, ([webhooks, repeated]) => sameAnswers(webhooks, repeated)),
      { numRuns: 100 },
    )
  })
})
