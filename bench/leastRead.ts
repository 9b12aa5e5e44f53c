import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import express from 'express'

/**
 * The least that reads: an Express 5 application that takes the answer of a user out of a read model with one look-up and
 * sends it. It asks for no key, reads no parameter and knows no position: what it does not reach, no service of these parts
 * does on this machine. `process.argv[2]` is the directory of the read model.
 */
const db = new Database(join(process.argv[2] ?? '.', 'read-model.db'), { readonly: true })
const answer = db.prepare<[string], { readonly etag: string; readonly body: string }>(
  'SELECT etag, body FROM kyc_status WHERE user_id = ?',
)

const app = express()
app.disable('x-powered-by')
app.disable('etag')
app.get('/users/:userId/kyc', (req, res) => {
  const { etag = '', body = '' } = answer.get(req.params.userId) ?? {}
  const headers = ['ETag', etag, 'Content-Type', 'application/json; charset=utf-8']
  if (req.headers['if-none-match'] === etag) return void res.writeHead(304, headers).end()
  res.writeHead(200, [...headers, 'Content-Length', String(Buffer.byteLength(body))]).end(body)
})
const server = app.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }))
})
process.once('SIGTERM', () => process.exit(0))
