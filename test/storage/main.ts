import { release } from 'node:os'
import { parseArgs } from 'node:util'
import Database from 'better-sqlite3'
import { installed } from '../support/installed.ts'
import { optionsOf } from '../support/optionsOf.ts'
import { endChildren } from '../support/service/children.ts'
import { cutPower, type Found } from './cuts.ts'
import { erasureOf } from './erasure.ts'
import { type Recorded, type Recording, record } from './record.ts'
import { ERASURES, SCENARIOS } from './scenarios.ts'
import { startOn } from './whole.ts'

const names = [...Object.keys(SCENARIOS), ...Object.keys(ERASURES)]
const USAGE = `npm run chaos -- storage [--cuts <n>] [--disks <n>] [--facts <n>] [--starts <n>] [--minutes <n>] [--seed <n>] [--only <scenario>]...

  A service on a disk that fails as disks do, written down call by call; then the power is cut after so many of these calls, and
  everything that the disk could hold then is held against what was promised to anybody before. Exit code 1 where it is not so.

  --cuts    moments of each scenario (200)         --disks    what the disk could hold, so many for each (4)
  --facts   deliveries of each scenario (60)       --starts   on so many of them a service is started (2)
  --minutes after so long no scenario is begun (30)

  scenarios: ${names.join(', ')}`

const options = optionsOf(USAGE, () => {
  const number = (value: string) => ({ type: 'string', default: value }) as const
  const { values } = parseArgs({
    options: {
      cuts: number('200'),
      disks: number('4'),
      facts: number('60'),
      starts: number('2'),
      minutes: number('30'),
      seed: number(String(Date.now() % 2 ** 31)),
      only: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', default: false },
    },
  })
  const { only, help } = values
  const numbers = {
    cuts: Number(values.cuts),
    disks: Number(values.disks),
    facts: Number(values.facts),
    starts: Number(values.starts),
    minutes: Number(values.minutes),
    seed: Number(values.seed),
  }
  if (!Object.values(numbers).every(Number.isSafeInteger)) return 'it is not a number'
  const strange = only.find((name) => !names.includes(name))
  return strange === undefined ? { ...numbers, only, help } : `there is no scenario ${strange}`
})
const { cuts, disks, facts, starts, minutes, seed, only } = options

const compiler = installed('cc', 'gcc', 'no disk fails') ?? process.exit(2)
const sqlite = new Database(':memory:').prepare('SELECT sqlite_version()').pluck().get()
console.log(`seed ${seed}; Node ${process.version}, SQLite ${sqlite}, Linux ${release()}`)

let broken = 0
let [allCuts, allDisks, allTold] = [0, 0, 0]
const tell = (name: string, { calls }: Recording, { wrong, ...found }: Found, seen: unknown): void => {
  const failed = calls.filter(({ _tag }) => _tag === 'Failed').length
  console.log(
    `${name}: ${calls.length} calls, ${failed} of them failed; ${found.cuts} cuts, ${found.images} disks, ${found.started} of them started on, ${found.acknowledged} events acknowledged, ${found.told} messages`,
  )
  console.log(`  ${JSON.stringify(seen)}`)
  if (wrong.length > 0) console.log(`  BROKEN ${wrong.length} times:\n    ${wrong.slice(0, 8).join('\n    ')}`)
  broken += wrong.length
  allCuts += found.cuts
  allDisks += found.images
  allTold += found.told
}

const run = async (name: string): Promise<void> => {
  let seen: unknown
  const scenario = SCENARIOS[name]
  if (scenario !== undefined) {
    const recording = await record(compiler, seed, async (recorded: Recorded) => {
      seen = await scenario(recorded, facts)
    })
    const every = starts === 0 ? 0 : Math.max(1, Math.floor((cuts * disks) / starts))
    const whole = { every, whole: startOn(recording.users) }
    tell(name, recording, await cutPower(recording, { cuts, images: disks, ...whole }), seen)
    // What a failure leaves shows at the next thing that the same file is written for: there every call is one.
    const failed = recording.calls.findIndex(({ _tag }) => _tag === 'Failed')
    if (failed >= 0) {
      const after = {
        cuts: Math.ceil(cuts / 2),
        images: 2 * disks,
        between: () => [failed, failed + 2 * cuts] as const,
      }
      tell(`${name}, right after it`, recording, await cutPower(recording, after), null)
    }
    recording.remove()
    return
  }
  const erasure = erasureOf(...(ERASURES[name] ?? []))
  const recording = await record(
    compiler,
    seed,
    async (recorded) => {
      seen = await erasure.happen(recorded)
    },
    erasure.prepare,
  )
  tell(name, recording, await cutPower(recording, { cuts, images: disks, check: erasure.check }), seen)
  recording.remove()
}

// What is broken off leaves nothing in memory: no process that writes there, and no folder.
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => void endChildren().then(() => process.exit(code)))
}

const until = performance.now() + minutes * 60_000
for (const name of names) {
  if (only.length > 0 && !only.includes(name)) continue
  if (performance.now() > until) {
    console.log(`${name}: no time left`)
    continue
  }
  try {
    await run(name)
  } catch (error) {
    broken += 1
    console.log(`${name}: BROKEN: ${error instanceof Error ? error.message : String(error)}`)
  }
  await endChildren()
}
console.log(
  `${allCuts} cuts, ${allDisks} disks, ${allTold} messages: ${broken === 0 ? 'no promise was broken' : `BROKEN ${broken} times`}`,
)
process.exit(broken === 0 ? 0 : 1)
