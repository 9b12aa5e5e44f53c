import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { systemClock } from '../../src/clock/clock.ts'
import type { EventStore } from '../../src/eventStore/eventStore.ts'
import type { Position, StreamName } from '../../src/eventStore/recordedEvent.ts'
import { openSqliteEventStore } from '../../src/eventStore/sqlite/sqliteEventStore.ts'
import type { Routes } from '../../src/http/app.ts'
import { answerOutcome } from '../../src/http/deliveries/answerOutcome.ts'
import { readSentBody } from '../../src/http/deliveries/sentBody.ts'
import { WEBHOOK_PATH, webhookRoutes } from '../../src/http/deliveries/webhookEndpoint.ts'
import { handleDirectly } from '../../src/http/direct.ts'
import type { DeliveryOutcome } from '../../src/ingest/delivery.ts'
import { type FactRecorder, recordFacts } from '../../src/ingest/recordFact.ts'
import { timedAppends } from '../../src/metrics/timedAppends.ts'
import { GroupCommit } from '../../src/sqlite/groupCommit.ts'
import type { Webhook } from '../../src/webhooks/envelope.ts'
import { examine, type Spending } from '../../src/webhooks/examine.ts'
import { aroundStep } from './aroundStep.ts'
import type { Step } from './startStep.ts'

/**
 * Takes deliveries by the parts of the service, as far as a step, and answers as if all were done: `process.argv[2]` names the step, `process.argv[3]` a directory.
 * Nothing of the service is another one for it: what comes behind the step is left out where the service joins its parts.
 */
const [step, directory] = process.argv.slice(2) as [Step, string]

const { log, journal, metrics, secrets, doubtsOf, serve } = await aroundStep(directory)

const STANDING = {
  stream: 'kyc-100000000' as StreamName,
  revision: 7,
  position: '0000000000012345' as Position,
  eventId: randomUUID(),
}
const APPENDED: DeliveryOutcome = { _tag: 'Appended', events: [STANDING], unread: [] }

/** Reads a body, and does no more with it than `done`. */
const alone =
  (done: (body: Buffer, spending: Spending) => unknown): Routes =>
  (app) =>
    handleDirectly(app, 'POST', WEBHOOK_PATH, async (req, res, asExpress) => {
      const sent = await readSentBody(req, () => true)
      if (sent._tag !== 'Whole') throw new Error(sent._tag)
      await done(sent.bytes, doubtsOf(req))
      answerOutcome(res, APPENDED, asExpress)
    })

const verify = (body: Buffer, spending: Spending): Webhook => {
  const verdict = examine(body, secrets, spending)
  if (verdict instanceof Promise || verdict._tag !== 'Verified') throw new Error('not verified')
  return verdict.webhook
}

/** Its text alone is kept, by the writer of `leastIngest.ts`. */
const keeping = async (): Promise<Routes> => {
  const thread = new URL('../leastWriterThread.ts', import.meta.url)
  const writer = await GroupCommit.start<string, void>(thread, { file: join(directory, 'least.db') })
  return alone(async (body, spending) => {
    const kept = await writer.submit(verify(body, spending).webhookText)()
    if (E.isLeft(kept)) throw new Error(kept.left._tag)
  })
}

const taking = (recorder: FactRecorder): Routes =>
  webhookRoutes({
    recorder,
    secrets: () => secrets,
    journal,
    now: systemClock,
    clockFault: () => null,
    log,
    metrics,
    doubtsOf,
  })

const nobodyRecords: FactRecorder = {
  record: () => TE.right({ outcome: 'appended', standing: STANDING }),
  settled: async () => undefined,
}

/** Has no file, and takes all. */
const nowhere = (): EventStore => {
  let position = 0
  return {
    append: (_stream, expected) => async () => {
      position += 1
      const revision = expected === 'no-stream' ? 0 : expected + 1
      return E.right({ revision, position: String(position).padStart(16, '0') as Position })
    },
    readStream: async function* () {},
  } as Pick<EventStore, 'append' | 'readStream'> as EventStore
}

const embedded = async (): Promise<EventStore> => {
  const opened = await openSqliteEventStore({ file: join(directory, 'events.db') })()
  if (E.isLeft(opened)) throw new Error(opened.left.reason)
  return opened.right
}

const ROUTES: Readonly<Record<Step, () => Routes | Promise<Routes>>> = {
  read: () => alone(() => undefined),
  verified: () => alone(verify),
  kept: keeping,
  understood: () => taking(nobodyRecords),
  decided: () => taking(recordFacts(timedAppends(nowhere(), metrics.durations), systemClock)),
  appended: async () => taking(recordFacts(timedAppends(await embedded(), metrics.durations), systemClock)),
}

await serve(await ROUTES[step]())
