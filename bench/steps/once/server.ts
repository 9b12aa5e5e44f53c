import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { interpret } from '../../../domain/treezor/interpretation.ts'
import { systemClock } from '../../../src/clock/clock.ts'
import { openForWriting, prepareFile } from '../../../src/eventStore/sqlite/database.ts'
import type { Routes } from '../../../src/http/app.ts'
import { answerOutcome } from '../../../src/http/deliveries/answerOutcome.ts'
import { tellTimed } from '../../../src/http/deliveries/outcomeOf.ts'
import { sameDelivery } from '../../../src/http/deliveries/resubmission.ts'
import { readSentBody } from '../../../src/http/deliveries/sentBody.ts'
import { tellOutcome } from '../../../src/http/deliveries/tellOutcome.ts'
import { WEBHOOK_PATH } from '../../../src/http/deliveries/webhookEndpoint.ts'
import { type AsExpress, handleDirectly } from '../../../src/http/direct.ts'
import type { DeliveryOutcome } from '../../../src/ingest/delivery.ts'
import { factsOf } from '../../../src/ingest/factsOf.ts'
import { streamOf } from '../../../src/ledger/streams.ts'
import { openReadModelWriter } from '../../../src/readModel/database/writer.ts'
import { checkFiles, filesOf } from '../../../src/sqlite/fileCheck.ts'
import { examine } from '../../../src/webhooks/examine.ts'
import { aroundStep } from '../aroundStep.ts'
import { deciding } from './decide.ts'
import { folding, type Heard, type Rows } from './folding.ts'

/**
 * The least that keeps the promise: what the service does of a delivery, in one thread, nothing of it twice. It is read with all that guards and times, verified,
 * understood once, decided on by heads in memory, appended to the tables of the log with all that came in the same turn of the event loop, in one fsynced
 * transaction, answered; then the same readings are folded, and the rows of the read model written. `process.argv[2]` is a directory, `[3]` when a row is written.
 */
const [directory = '.', rows = 'together'] = process.argv.slice(2) as [string, Rows]
/** As often as the service begins a batch while much comes. */
const ROWS_EVERY_MS = 100

const { log, journal, metrics, secrets, doubtsOf, serve } = await aroundStep(directory)
const lines = { warn: () => undefined, inform: () => undefined }

const file = join(directory, 'events.db')
prepareFile(file)
const db = openForWriting(file, { fileMustExist: true })
const check = checkFiles(db, file, filesOf(file), 'event log')
const { begin, decide, pageOfStream } = deciding(db)
const model = openReadModelWriter(join(directory, 'read-model.db'))
const { hear, commit: commitRows } = folding(
  model,
  (userId) => pageOfStream(streamOf(userId), true, 0, Number.MAX_SAFE_INTEGER),
  rows,
)

interface Waiting {
  readonly res: ServerResponse
  readonly asExpress: AsExpress
  readonly outcome: DeliveryOutcome
  readonly heard: Heard | null
  readonly began: number
}
let waiting: Waiting[] = []
let isToBeWritten = false

const writeRows = (): void => {
  isToBeWritten = false
  commitRows()
}

const commit = (): void => {
  const began = performance.now()
  db.exec('COMMIT')
  check.committed()
  metrics.durations.commit((performance.now() - began) / 1000)
  const answered = waiting
  waiting = []
  for (const { res, asExpress, outcome, began } of answered) {
    metrics.durations.append(true, (performance.now() - began) / 1000)
    tellOutcome(outcome, metrics, log, lines)
    tellTimed(res, outcome._tag)
    answerOutcome(res, outcome, asExpress)
  }
  for (const { heard } of answered) if (heard !== null) hear(heard)
  if (isToBeWritten) return
  isToBeWritten = true
  setTimeout(writeRows, ROWS_EVERY_MS)
}

/** With all that comes in this turn of the event loop. */
const wait = (one: Waiting): void => {
  waiting.push(one)
  if (waiting.length === 1) setImmediate(commit)
}

const routes: Routes = (app) =>
  handleDirectly(app, 'POST', WEBHOOK_PATH, async (req, res, asExpress) => {
    const sent = await readSentBody(req, () => true)
    if (sent._tag !== 'Whole') throw new Error(sent._tag)
    const doubts = doubtsOf(req)
    const earlier = sameDelivery(journal, req, sent.bytes, sent.bytes)
    const verdict = examine(sent.bytes, secrets, doubts)
    if (earlier !== null || verdict instanceof Promise || verdict._tag !== 'Verified') throw new Error('not verified')
    doubts.vouched()
    const now = systemClock()
    const { webhook, verified } = verdict
    const interpretation = interpret(webhook)
    const delivery = {
      body: sent.bytes,
      contentType: req.headers['content-type'] ?? null,
      receivedAt: now,
      resubmitted: false,
    }
    const [one, another] = factsOf(webhook, verified, delivery, interpretation)
    if (one === undefined || one.userId === null || another !== undefined) throw new Error('not of one user')
    const { userId } = one
    if (waiting.length === 0) {
      check.before()
      db.exec('BEGIN IMMEDIATE')
      begin()
    }
    const began = performance.now()
    const { standing, known } = decide(one.fact(), now)
    wait({
      res,
      asExpress,
      began,
      outcome:
        known === null
          ? { _tag: 'Duplicate', events: [standing] }
          : { _tag: 'Appended', events: [standing], unread: [] },
      heard: known === null ? null : { userId, standing, known, webhook, interpretation },
    })
  })

await serve(routes)
