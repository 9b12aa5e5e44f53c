import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { diceOf } from '../fuzz/dice.ts'
import { openFront } from '../support/eventStoreDb/front.ts'
import { optionsOf } from '../support/optionsOf.ts'
import { untilTrue } from '../support/patience.ts'
import { endChildren } from '../support/service/children.ts'
import { CONNECTIONS } from './faults/connections.ts'
import { DISKS } from './faults/disks.ts'
import { PROCESSES } from './faults/processes.ts'
import { checkAll, checkCommands } from './invariants.ts'
import { acknowledged, deliver, load } from './load.ts'
import { openScene, type Scene, serviceOf } from './scene.ts'

const FAULTS = [...PROCESSES, ...DISKS, ...CONNECTIONS]

const USAGE = `npm run chaos -- [--rounds <n>] [--seed <n>] [--only <fault>]...

  Real services under load, and in each round something happens to one of them; then every promise is looked at that was made to
  senders, readers and operators. Exit code 1 where one was broken: its directory stays. The embedded log, or a server
  (EVENTSTORE_TEST_URL; EVENTSTORE_TEST_PID to have its process stand still).

  npm run chaos -- storage --help: a disk that fails, and power cuts.

  faults: ${FAULTS.map(({ name }) => name).join(', ')}`

if (process.argv[2] === 'storage') {
  process.argv.splice(2, 1)
  await import('../storage/main.ts')
}

const options = () => {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '20' },
      seed: { type: 'string' },
      only: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', default: false },
    },
  })
  const [rounds, seed] = [Number(values.rounds), Number(values.seed ?? Date.now() % 2 ** 31)]
  if (!Number.isSafeInteger(rounds) || rounds < 1) return '--rounds is not a number'
  if (!Number.isSafeInteger(seed)) return '--seed is not a number'
  const strange = values.only.find((name) => !FAULTS.some((fault) => fault.name === name))
  return strange === undefined ? { ...values, rounds, seed } : `there is no fault ${strange}`
}
const values = optionsOf(USAGE, options)

const SENDERS = 8
/** So many deliveries are acknowledged before something happens, and again once it is over. */
const ACKNOWLEDGED = 10
/** Rounds in one directory, whose histories grow; then a new one. */
const ROUNDS_IN_A_SCENE = 12
/** What happens in a round is over by then, in milliseconds. */
const LONGEST_MS = 180_000
/** The commands that look through all are run once in so many rounds, and when a scene ends. */
const COMMANDS_EVERY = 3

const { rounds, seed } = values
const dice = diceOf(seed)
const chosen = FAULTS.filter(({ name }) => values.only.length === 0 || values.only.includes(name))
const { EVENTSTORE_TEST_URL: server } = process.env
const front = server === undefined ? null : await openFront(0, Number(new URL(server).port))
const env = front === null ? {} : { EVENT_STORE: (server ?? '').replace(/:\d+(?=[/?]|$)/, `:${front.port}`) }

/** By fault: how often it happened, and the longest that it took until deliveries were taken again, in milliseconds. */
const done = new Map<string, { times: number; longest: number }>()
const skipped = new Map<string, string>()
const counts = new Map<string, number>()
let [taken, everything] = [0, 0]

const moreAcknowledged = (scene: Scene, what: string): Promise<void> => {
  const before = acknowledged(scene)
  return untilTrue(what, () => acknowledged(scene) >= before + ACKNOWLEDGED)
}

const bounded = async (happening: Promise<void>): Promise<void> => {
  const ended = new AbortController()
  const late = sleep(LONGEST_MS, null, { signal: ended.signal }).then(() => {
    throw new Error(`not over within ${LONGEST_MS / 1000} s`)
  })
  late.catch(() => undefined)
  await Promise.race([happening, late]).finally(() => ended.abort())
}

const isLast = (number: number): boolean =>
  number === rounds - 1 || number % ROUNDS_IN_A_SCENE === ROUNDS_IN_A_SCENE - 1

const round = async (scene: Scene, number: number): Promise<void> => {
  const possible = chosen.filter((fault) => {
    const why = fault.skip(scene)
    if (why !== null) skipped.set(fault.name, why)
    return why === null
  })
  if (possible.length === 0) return
  // Each of them once before any of them twice.
  const fewest = Math.min(...possible.map(({ name }) => done.get(name)?.times ?? 0))
  const fault = dice.pick(possible.filter(({ name }) => (done.get(name)?.times ?? 0) === fewest))
  console.error(`round ${number + 1} of ${rounds}: ${fault.name}`)
  const sending = load(scene, SENDERS)
  try {
    await moreAcknowledged(scene, 'acknowledgements before')
    await bounded(fault.happen(scene))
    const over = performance.now()
    await moreAcknowledged(scene, `acknowledgements after ${fault.name}`)
    await serviceOf(scene).ready()
    const { times, longest } = done.get(fault.name) ?? { times: 0, longest: 0 }
    done.set(fault.name, { times: times + 1, longest: Math.max(longest, performance.now() - over) })
  } catch (error) {
    throw new Error(`round ${number}, ${fault.name}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    })
  } finally {
    await sending.stop()
  }
  try {
    await checkAll(scene, serviceOf(scene))
    if (isLast(number) || number % COMMANDS_EVERY === COMMANDS_EVERY - 1) await checkCommands(scene, env)
  } catch (error) {
    throw new Error(`after round ${number}, ${fault.name}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    })
  }
}

/** What nobody knew the fate of is sent again, as the provider would: all of it stands once after that. */
const settle = async (scene: Scene): Promise<void> => {
  const service = serviceOf(scene)
  for (const fact of scene.sent) {
    await untilTrue('it is taken', () => deliver(scene, service, fact))
  }
  await checkAll(scene, service)
  const { code } = await service.stop()
  if (code !== 0) throw new Error(`told to stop, it ended with ${code}`)
}

const begun = performance.now()
let broken: unknown = null
let scene: Scene | null = null
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void Promise.resolve(scene?.close(false)).finally(() => process.exit(130)))
}
try {
  for (let number = 0; number < rounds; number++) {
    if (scene === null) {
      scene = await openScene(dice, env, front)
      await (await scene.start()).ready()
    }
    await round(scene, number)
    if (!isLast(number)) continue
    await settle(scene)
    everything += scene.sent.length
    taken += acknowledged(scene)
    for (const [what, times] of scene.counts) counts.set(what, (counts.get(what) ?? 0) + times)
    await scene.close(false)
    scene = null
  }
} catch (error) {
  broken = error
}

const seconds = ((performance.now() - begun) / 1000).toFixed(0)
const total = [...done.values()].reduce((sum, { times }) => sum + times, 0)
console.log(
  `seed ${seed}: ${total} of ${rounds} rounds, ${front === null ? 'embedded log' : 'EventStoreDB'}, ${seconds} s`,
)
for (const [name, { times, longest }] of done) {
  console.log(`  ${name}: ${times} times, deliveries taken again and ready within ${(longest / 1000).toFixed(1)} s`)
}
for (const [name, why] of skipped) if (!done.has(name)) console.log(`  ${name}: skipped, ${why}`)
for (const [what, times] of [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1))) console.log(`  ${what}: ${times}`)
console.log(`  facts sent: ${everything}, acknowledged: ${taken}`)
if (broken === null) console.log('no promise was broken')
else {
  console.log(`BROKEN: ${broken instanceof Error ? broken.message : String(broken)}`)
  if (scene !== null) {
    console.log(
      `  what the service wrote last:\n${(scene.service()?.stdout() ?? '').split('\n').slice(-12).join('\n')}`,
    )
    console.log(`  its files stay: ${await scene.close(true)}`)
  }
}
await endChildren()
await front?.close()
process.exit(broken === null ? 0 : 1)
