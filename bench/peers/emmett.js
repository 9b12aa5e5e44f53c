import { getApplication, OK, on } from '@event-driven-io/emmett-expressjs'
import { getSQLiteEventStore, sqliteConnection } from '@event-driven-io/emmett-sqlite'
import express from 'express'
import * as E from 'fp-ts/lib/Either.js'
import * as O from 'fp-ts/lib/Option.js'
import { decodeUtf8, readEnvelope } from '../../src/webhooks/envelope.ts'
import { verifySignature, webhookSecret } from '../../src/webhooks/signature.ts'
import { SECRET } from '../webhooks.ts'

/**
 * The equivalent built with Emmett: verifies with this project's own verifier and appends to the user's stream, durably,
 * and nothing else (no duplicates, no order, no time, no read model).
 *
 * One connection, kept open, WAL, `synchronous=FULL`; measured, that is several times faster than Emmett's default of a
 * new connection per append. Emmett makes one transaction of appends that overlap on a connection and answers the first
 * of them before the commit, so that they are appended one after the other: only then is an answer durable.
 */
const [, , fileName] = process.argv
const connection = sqliteConnection({ fileName })
await connection.command('PRAGMA synchronous = FULL')
const store = getSQLiteEventStore({ fileName, connectionOptions: { singleton: true, connection } })
await store.schema.migrate()

let last = Promise.resolve()
const inTurn = (append) => {
  const appended = last.then(append)
  last = appended.catch(() => undefined)
  return appended
}

const secrets = [webhookSecret(SECRET)]
const userOf = ({ users, documents, userId, user_id }) =>
  userId ?? user_id ?? users?.[0]?.userId ?? documents?.[0]?.userId ?? 'unattributed'

const webhooks = (router) => {
  router.post(
    '/webhooks/treezor',
    express.raw({ type: () => true, limit: 1024 * 1024 }),
    on(async (request) => {
      const text = decodeUtf8(request.body)
      const envelope = E.isRight(text) ? readEnvelope(text.right) : text
      if (E.isLeft(envelope) || envelope.right._tag === 'NoPayload') return (response) => response.sendStatus(400)
      const { name, payload, payloadText, signature, webhookText } = envelope.right
      if (O.isNone(verifySignature(payloadText, signature, secrets))) return (response) => response.sendStatus(503)
      const event = { type: name, data: { text: webhookText } }
      const appended = await inTurn(() => store.appendToStream(`kyc-${userOf(payload)}`, [event]))
      return OK({ body: { revision: String(appended.nextExpectedStreamVersion) } })
    }),
  )
}

const app = getApplication({ apis: [webhooks], disableJsonMiddleware: true, disableUrlEncodingMiddleware: true })
const server = app.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` }))
})
process.once('SIGTERM', () => process.exit(0))
