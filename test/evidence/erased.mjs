// Checks with nothing of ours that an erasure is in a log: the proof in an answer 410 `user-erased`.
// Arguments: that answer, the record that it names, as a line of `GET /events`, and the log's Ed25519 verifier key.
import { createHash, createPublicKey, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'

const [answer, event] = process.argv.slice(2, 4).map((file) => JSON.parse(readFileSync(file, 'utf8')))
const sha256 = (...parts) => createHash('sha256').update(Buffer.concat(parts)).digest()
const fail = (what) => {
  console.log(`WRONG: ${what}`)
  process.exit(1)
}

const [head, note, signatures] = answer.proof.split('\n\n')
const [origin, size, root] = note.split('\n')
const [, name, id, key] = /^([^+]+)\+(.{8})\+(.+)$/.exec(process.argv[4])
const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(key, 'base64').subarray(1)])
const signed = signatures.split('\n').some((line) => {
  const signature = Buffer.from(line.replace(`— ${name} `, ''), 'base64')
  return (
    signature.toString('hex', 0, 4) === id &&
    verify(
      null,
      Buffer.from(`${note}\n`),
      createPublicKey({ key: spki, format: 'der', type: 'spki' }),
      signature.subarray(4),
    )
  )
})
if (!signed || name !== origin) fail('the checkpoint is not signed with this key')

const texts = [
  event.stream,
  event.revision,
  event.eventId,
  event.type,
  JSON.stringify(event.metadata),
  JSON.stringify(event.data),
]
const record = texts.flatMap((text) => {
  const [bytes, length] = [Buffer.from(String(text)), Buffer.alloc(4)]
  length.writeUInt32BE(bytes.length)
  return [length, bytes]
})
let hash = sha256(Buffer.from([0]), ...record)
const [, index, ...siblings] = head.split('\n')
let [at, last] = [Number(index.slice('index '.length)), Number(size) - 1]
for (const sibling of siblings.map((line) => Buffer.from(line, 'base64'))) {
  const isRight = at % 2 === 1 || at === last
  hash = isRight ? sha256(Buffer.from([1]), sibling, hash) : sha256(Buffer.from([1]), hash, sibling)
  while (isRight && at % 2 === 0 && at !== 0) [at, last] = [at >> 1, last >> 1]
  at >>= 1
  last >>= 1
}
if (last !== 0 || hash.toString('base64') !== root) fail('the record is not in the log')
if (event.eventId !== answer.record.eventId || event.type !== 'kyc-ledger.erasure-erased') fail('it is another event')
const { userId, erasure } = event.data
console.log(
  `erasure ${erasure} of user ${userId}, recorded at ${event.metadata.recordedAt}, is in the log ${origin} of ${size} events`,
)
