import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What Node itself takes of a delivery: reads the body and answers 200. */
const server = createServer((req, res) => {
  const chunks: Buffer[] = []
  req.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => res.end(String(Buffer.concat(chunks).length)))
}).listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }))
})
process.once('SIGTERM', () => process.exit(0))
