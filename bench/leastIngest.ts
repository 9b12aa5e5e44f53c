import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import express from 'express'
import * as E from 'fp-ts/lib/Either.js'
import * as O from 'fp-ts/lib/Option.js'
import { GroupCommit } from '../src/sqlite/groupCommit.ts'
import { readEnvelope } from '../src/webhooks/envelope.ts'
import { verifySignature, webhookSecret } from '../src/webhooks/signature.ts'
import { SECRET } from './webhooks.ts'

/**
 * The least that keeps half of the promise: verifies a delivery and answers 200 once its text is fsynced, many to a commit,
 * with Express and SQLite as the service does. It knows no duplicates, no users and no states, and nobody can read from it. `process.argv[2]` is a directory.
 */
const secrets = [webhookSecret(SECRET)]
const log = await GroupCommit.start<string, void>(new URL('./leastWriterThread.ts', import.meta.url), {
  file: join(process.argv[2] ?? '.', 'least.db'),
})

const app = express()
app.disable('x-powered-by')
app.disable('etag')
app.post('/webhooks/treezor', express.raw({ type: () => true, limit: 1024 * 1024 }), async (req, res) => {
  // As the service does: once all requests that have come are read.
  await setImmediate()
  const envelope = readEnvelope((req.body as Buffer).toString('utf8'))
  const webhook = E.isRight(envelope) && envelope.right._tag === 'Webhook' ? envelope.right : null
  const verified = webhook !== null && O.isSome(verifySignature(webhook.payloadText, webhook.signature, secrets))
  const written = verified && E.isRight(await log.submit(webhook.webhookText)())
  res.status(written ? 200 : 503).end()
})
const server = createServer(app).listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }))
})
process.once('SIGTERM', () => process.exit(0))
