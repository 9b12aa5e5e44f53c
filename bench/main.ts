import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { optionsOf } from '../test/support/optionsOf.ts'
import { AGAINST_NAMES, against } from './against/against.ts'
import { asOf } from './asOf.ts'
import { attacks } from './attacks.ts'
import { changes } from './changes.ts'
import { erasure } from './erasure.ts'
import { eventStoreDb } from './eventStoreDb.ts'
import { evidence } from './evidence.ts'
import { foldMeasurement } from './fold.ts'
import { growth } from './growth/growth.ts'
import { ingest } from './ingest.ts'
import { lateEvent } from './lateEvent.ts'
import { describeMachine } from './machine.ts'
import { type Figure, type Measurement, notMeasured, type Scale } from './measurement.ts'
import { memory } from './memory.ts'
import { mixed } from './mixed.ts'
import { pages } from './pages.ts'
import { projection } from './projection.ts'
import { proofs } from './proofs.ts'
import { read } from './read.ts'
import { reconcile } from './reconcile/reconcile.ts'
import { asText, type Report } from './report.ts'
import { sealing } from './sealing.ts'
import { start } from './start.ts'
import { steps } from './steps/steps.ts'
import { tracing } from './tracing.ts'
import { tree } from './tree.ts'

const MEASUREMENTS: readonly Measurement[] = [
  ingest,
  steps,
  read,
  mixed,
  attacks,
  pages,
  changes,
  projection,
  foldMeasurement,
  growth,
  lateEvent,
  asOf,
  sealing,
  start,
  tree,
  proofs,
  memory,
  evidence,
  erasure,
  reconcile,
  tracing,
  eventStoreDb,
]
const NAMES = MEASUREMENTS.map(({ name }) => name)

const USAGE = `npm run bench -- [--quick] [--only <measurement>]... [--json <file>] [--against <commit>]

  measurements: ${NAMES.join(', ')}
  against another commit of this project: ${AGAINST_NAMES.join(', ')}`

const readOptions = () => {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      json: { type: 'string' },
      against: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  const known = values.against === undefined ? NAMES : AGAINST_NAMES
  const strange = values.only.filter((name) => !known.includes(name))
  return strange.length > 0 ? `there is no measurement ${strange.join(', ')}` : values
}
const values = optionsOf(USAGE, readOptions)

const scale: Scale = values.quick ? { quick: true, rounds: 2, seconds: 0.3 } : { quick: false, rounds: 5, seconds: 4 }
const machine = describeMachine()
const results: { name: string; figures: readonly Figure[] }[] = []
let failed = false

for (const { name, run } of values.against === undefined ? MEASUREMENTS : against(values.against)) {
  if (values.only.length > 0 && !values.only.includes(name)) continue
  const began = performance.now()
  try {
    results.push({ name, figures: await run(scale) })
    console.error(`${name}: ${((performance.now() - began) / 1000).toFixed(0)} s`)
  } catch (error) {
    failed = true
    console.error(`${name} failed:`, error)
    results.push({ name, figures: [notMeasured({ what: name, against: '', target: '' }, String(error))] })
  }
}

const report: Report = { machine, quick: scale.quick, results }
const json =
  values.json ?? fileURLToPath(new URL(`results/${machine.at.replaceAll(/[:.]/g, '-')}.json`, import.meta.url))
mkdirSync(dirname(json), { recursive: true })
writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`)
console.log(`${asText(report)}\n\nAs JSON: ${json}`)
process.exit(failed ? 1 : 0)
