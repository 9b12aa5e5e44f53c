import type { AddressInfo } from 'node:net'
import express from 'express'

/**
 * The limit: an Express 5 application that does nothing. `POST` reads the raw body and answers 200; `GET` answers a
 * constant JSON string (`process.argv[2]`, as long as a real answer), with the entity tag that Express gives it.
 */
const body = process.argv[2] ?? '{}'

const app = express()
app.post('/webhooks/treezor', express.raw({ type: () => true, limit: 1024 * 1024 }), (_req, res) => {
  res.status(200).end()
})
app.get(['/users/:userId/kyc', '/users/:userId/kyc/history'], (_req, res) => {
  res.type('json').send(body)
})
const server = app.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }))
})
process.once('SIGTERM', () => process.exit(0))
