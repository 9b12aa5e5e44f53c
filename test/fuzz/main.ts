import { mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { optionsOf } from '../support/optionsOf.ts'
import { caseOf } from './cases.ts'
import { written } from './json.ts'
import { overHttp } from './overHttp.ts'
import type { Case } from './tryCase.ts'
import type { Result, Work } from './worker.ts'

const USAGE = `npm run fuzz -- [--minutes <n>] [--seed <n>] [--bodies <n>] [--from <case>] [--shrink <seconds>]
                  [--out <directory>] [--http]

  Makes webhooks nobody would send, has the service take them, and looks at what it makes of them. Exit code 1 on a fault,
  whose smallest case is written into the directory; the same seed gives the same bodies.

  --minutes  how long (default: 1)
  --seed     of the generator (default: of the clock)
  --bodies   ends after so many bodies
  --from     begins with the case of that number
  --shrink   looks so many seconds for the smallest case of a fault (default: 30)
  --http     through a service process of its own`

const options = () => {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '1' },
      seed: { type: 'string' },
      bodies: { type: 'string', default: 'Infinity' },
      from: { type: 'string', default: '0' },
      shrink: { type: 'string', default: '30' },
      out: { type: 'string', default: tmpdir() },
      http: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const numbers = {
    minutes: Number(values.minutes),
    seed: Number(values.seed ?? Date.now() % 2 ** 31),
    bodies: Number(values.bodies),
    from: Number(values.from),
    shrink: Number(values.shrink),
  }
  const strange = Object.entries(numbers).find(([, number]) => !(number >= 0))
  return strange
    ? `--${strange[0]} is not a number`
    : { ...numbers, out: values.out, http: values.http, help: values.help }
}

/** A case that takes longer, in milliseconds, hangs. */
const HANGS_MS = 120_000

/** A thread of its own tries all, so that this one sees when it comes to no end. */
const inAThread = (work: Omit<Work, 'at'>): Promise<Result> => {
  const at = new SharedArrayBuffer(4)
  const number = new Int32Array(at)
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: { ...work, at } })
  let [last, since] = [-1, performance.now()]
  return new Promise((resolve, reject) => {
    const watch = setInterval(() => {
      const now = Atomics.load(number, 0)
      if (now !== last || now === -1) [last, since] = [now, performance.now()]
      if (performance.now() - since < HANGS_MS) return
      clearInterval(watch)
      void worker.terminate()
      const fault = {
        kind: 'hang',
        detail: `not done within ${HANGS_MS / 1000} s`,
        case: now,
        times: 1,
        smallest: caseOf(work.seed, now),
      }
      resolve({ cases: now - work.from, bodies: 0, counts: new Map(), slow: 0, slowest: HANGS_MS, faults: [fault] })
    }, 1000)
    worker.once('message', resolve)
    worker.once('error', reject)
    worker.once('exit', () => {
      clearInterval(watch)
      reject(new Error('the thread ended before it was done'))
    })
  })
}

const asText = ({ sents, otherwise, isSet, answers }: Case): string => {
  const line = ({ body, receivedAt, contentType, contentEncoding }: Case['sents'][number]): string =>
    JSON.stringify({
      receivedAt: new Date(receivedAt).toISOString(),
      contentType,
      contentEncoding,
      body: Buffer.from(body).toString('base64'),
      shown: Buffer.from(body).toString('utf8'),
    })
  return [
    ...Array.from(sents, line),
    ...(isSet ? ['and in another order:', ...Array.from(otherwise, line)] : []),
    ...(answers.length > 0 ? ['then the provider, asked, answers:', ...answers.map((answer) => written(answer))] : []),
  ].join('\n')
}

const values = optionsOf(USAGE, options)

const begun = performance.now()
const { seed, out, http, ...bounds } = values
// Before anything is found, and not after that.
mkdirSync(out, { recursive: true })
const { cases, bodies, counts, slow, slowest, faults } = await (http ? overHttp : inAThread)({ seed, ...bounds })
const lines = [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([what, times]) => `  ${what}: ${times}`)
const seconds = ((performance.now() - begun) / 1000).toFixed(0)
console.log(`seed ${seed}: ${bodies} bodies in ${cases} cases, ${seconds} s${http ? ', over HTTP' : ''}`)
console.log(lines.join('\n'))
console.log(`  cases with a body of more than 250 ms: ${slow}, the slowest ${slowest.toFixed(0)} ms`)
for (const [index, { kind, detail, case: first, times, smallest }] of faults.entries()) {
  const file = join(out, `fuzz-${seed}-${first}-${index}.txt`)
  writeFileSync(file, `${kind}\n${detail}\nseed ${seed}, case ${first}\n\n${asText(smallest)}\n`, { mode: 0o600 })
  console.log(
    `FAULT (${times} cases, the first is ${first}): ${kind}\n  ${detail.split('\n').slice(0, 4).join('\n  ')}\n  smallest: ${file}`,
  )
}
console.log(faults.length === 0 ? 'no fault' : `${faults.length} kinds of faults`)
process.exit(faults.length === 0 ? 0 : 1)
