import { spawnSync } from 'node:child_process'
import { subscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { expect } from 'chai'
import { createActor, createMachine, type InspectionEvent, type Observer, transition } from 'xstate'
import { history } from '../../../domain/answer/history.ts'
import { REGION_NAMES, REGIONS, type Region, type State } from '../../../domain/regions.ts'
import { type StateReported, userMachine } from '../../../domain/state/machine.ts'
import { readStored } from '../../../domain/state/reading.ts'
import { step } from '../../../domain/state/transitionTable.ts'
import type { RecordedEvent } from '../../../src/eventStore/recordedEvent.ts'
import { openSqliteEventStore } from '../../../src/eventStore/sqlite/sqliteEventStore.ts'
import { streamOf } from '../../../src/ledger/streams.ts'
import { FLOWS, newUserId } from '../../../src/sending/flows.ts'
import { play } from '../../../src/sending/play.ts'
import { newDirectory } from '../../support/newDirectory.ts'
import { right } from '../../support/right.ts'
import { startHere } from '../../support/service/inProcess.ts'

// Run by hand: node test/domain/state/inInspector.ts [steps at random]. Installs Stately's inspector from npm into a folder of its own, opens the
// machine in it, tells it the lives that `kyc send --flow` knows and then anything, and holds all that the tool is told, over its own protocol on
// 127.0.0.1, against what the service folded of the same.

const PACKAGES = ['@statelyai/inspect@0.7.2', 'ws@8.23.0', 'xstate@5.33.3']
const STEPS = Number(process.argv[2] ?? 5000)
const SECRET = 'development'

interface Message {
  readonly type: '@xstate.actor' | '@xstate.event' | '@xstate.snapshot'
  readonly sessionId: string
  readonly definition?: string
  readonly event?: StateReported
  readonly snapshot?: { readonly value: Record<Region, State> }
}

const connectedTo: string[] = []
subscribe('net.client.socket', (message) => {
  const { socket } = message as { readonly socket: Socket }
  socket.once('connect', () => connectedTo.push(String(socket.remoteAddress)))
})

const folder = newDirectory()
const { status, stderr } = spawnSync('npm', [
  'install',
  '--prefix',
  folder,
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  '--silent',
  ...PACKAGES,
])
if (status !== 0) throw new Error(String(stderr))
const installed = (path: string) => import(pathToFileURL(join(folder, 'node_modules', path)).href)
const { createWebSocketInspector } = await installed('@statelyai/inspect/dist/index.mjs')
const { WebSocketServer } = await installed('ws/wrapper.mjs')

const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
await once(server, 'listening')
const messages: Message[] = []
server.on('connection', (socket: Socket) =>
  socket.on('message', (text: Buffer) => messages.push(JSON.parse(text.toString()))),
)
const inspector = createWebSocketInspector({ url: `ws://127.0.0.1:${server.address().port}` }) as {
  readonly inspect: Observer<InspectionEvent>
}
await once(server, 'connection')

/** Sends a machine of its own what is reported; gives what the tool was told of it, once all of it has arrived. */
const inspected = async (reports: readonly StateReported[]): Promise<readonly Message[]> => {
  const actor = createActor(userMachine, { inspect: inspector.inspect }).start()
  for (const report of reports) actor.send(report)
  const told = (): readonly Message[] => messages.filter(({ sessionId }) => sessionId === actor.sessionId)
  // Its announcement, then an event and a snapshot for its beginning and for each report.
  while (told().length < 3 + 2 * reports.length) await delay(10)
  await delay(100)
  return told()
}

/** Each report is told as it was sent, with where the machine stands then, in order, and nothing else. */
const expectTold = (
  told: readonly Message[],
  reports: readonly StateReported[],
  states: readonly Record<Region, State>[],
): void => {
  expect(told.length).to.equal(3 + 2 * reports.length)
  expect(told[0]?.type).to.equal('@xstate.actor')
  expect(told.flatMap(({ type, event }) => (type === '@xstate.event' ? [event] : [])).slice(1)).to.deep.equal(reports)
  const snapshots = told.filter(({ type }) => type === '@xstate.snapshot')
  expect(snapshots.slice(1).map(({ event }) => event)).to.deep.equal(reports)
  expect(snapshots.map(({ snapshot }) => snapshot?.value)).to.deep.equal(states)
}

const NOTHING = Object.fromEntries(REGION_NAMES.map((region) => [region, 'none'])) as Record<Region, State>

const directory = newDirectory()
const service = await startHere(directory, { TREEZOR_WEBHOOK_SECRET: SECRET })
const users = new Map(Object.keys(FLOWS).map((name) => [name, newUserId()]))
for (const [name, flow] of Object.entries(FLOWS)) {
  const telling = { service: service.url, secret: SECRET, userId: users.get(name) ?? newUserId(), pauseMs: 5 }
  for await (const { delivery } of play(flow, telling)) expect(delivery).to.deep.include({ _tag: 'Taken' })
}
await service.stop()

const store = right(await openSqliteEventStore({ file: join(directory, 'events.db'), readOnly: true })())
for (const [name, userId] of users) {
  const events: readonly RecordedEvent[] = await Array.fromAsync(store.readStream(streamOf(userId)))
  const reports: StateReported[] = []
  const states = [NOTHING]
  const entries = history(
    userId,
    events.map((event) => ({ event, orphan: false })),
  )
  for (const entry of entries) {
    if (entry === null) continue
    const event = events.find(({ eventId }) => eventId === entry.eventId)
    const reading = event === undefined ? expect.fail(entry.eventId) : right(readStored()(event, userId))
    if (reading._tag === 'OwnReading') continue
    const { documents, legacy, lifecycle, liveness, qes, videoConference } = entry.after
    const standing = {
      legacy,
      lifecycle,
      documents: Object.values(documents)[0] ?? 'none',
      liveness,
      qes,
      videoConference,
    }
    for (const statement of reading.statements) {
      if (statement.region === 'unread') continue
      reports.push({ type: `${statement.region}.${statement.says}`, echo: reading.event.echoOf !== null })
      states.push(standing as Record<Region, State>)
    }
  }
  expectTold(await inspected(reports), reports, states)
  console.log(`${name}: ${reports.length} reports, told as they were folded`)
}
await store.close()

const walk: StateReported[] = []
const states = [NOTHING]
for (let taken = 0; taken < STEPS; taken++) {
  const any = <A>(among: readonly A[]): A => among[Math.floor(Math.random() * among.length)] as A
  const region = any(REGION_NAMES)
  const to = any<State>(REGIONS[region])
  const echo = Math.random() < 0.25
  const before = states.at(-1) ?? NOTHING
  walk.push({ type: `${region}.${to}`, echo } as StateReported)
  states.push({ ...before, [region]: step(region, before[region] as never, to as never, echo).target })
}
const told = await inspected(walk)
expectTold(told, walk, states)
console.log(`at random: ${walk.length} reports, told as they were folded`)

const guards = { isEcho: ({ event }: { readonly event: unknown }) => (event as StateReported).echo }
const drawn = createMachine(JSON.parse(told[0]?.definition ?? ''), {
  guards,
  actions: { unexpected: () => undefined, echo: () => undefined },
} as never)
let pairs = 0
for (const region of REGION_NAMES) {
  for (const from of REGIONS[region])
    for (const to of REGIONS[region])
      for (const echo of [false, true]) {
        const before = drawn.resolveState({ value: { ...NOTHING, [region]: from } } as never)
        const [after, actions] = transition(drawn, before, { type: `${region}.${to}`, echo } as never)
        const { target, action } = step(region, from as never, to as never, echo)
        expect([(after.value as Record<Region, State>)[region], actions[0]?.type ?? null]).to.deep.equal([
          target,
          action,
        ])
        pairs += 1
      }
}
console.log(`the machine made of the definition that the tool was given: ${pairs} moves, all as in the table`)
expect(connectedTo.filter((address) => !/^(::ffff:)?127\.0\.0\.1$|^::1$/.test(address))).to.deep.equal([])
console.log(`${connectedTo.length} connections, to this machine alone`)
process.exit(0)
