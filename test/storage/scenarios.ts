import { join } from 'node:path'
import Database from 'better-sqlite3'
import { untilTrue } from '../support/patience.ts'
import type { Service } from '../support/service/service.ts'
import type { Recorded } from './record.ts'
import type { Fault } from './shim.ts'

/** What happens on a disk while it is recorded; gives what was seen besides, for a person. */
export type Scenario = (recorded: Recorded, size: number) => Promise<Readonly<Record<string, unknown>>>

/** Asks and reads. Of changes an answer is broken off, so that nobody takes it for all there is, where the read model is made anew meanwhile. */
const ask = async (service: Service, path: string): Promise<void> => {
  const answer = await service.get(path)
  await answer.text().catch((error: unknown) => {
    if (path !== '/changes') throw error
  })
}

/** Delivers so many facts, three at a time, with forged ones among them, and asks about users meanwhile. */
const load = async ({ deliver, deliverForged, users }: Recorded, service: Service, facts: number) => {
  const answers = new Map<number, number>()
  const count = (status: number): void => void answers.set(status, (answers.get(status) ?? 0) + 1)
  for (let done = 0; done < facts; done += 3) {
    for (const status of await Promise.all([deliver(service), deliver(service), deliver(service)])) count(status)
    if (done % 12 === 0) await deliverForged(service)
    if (done % 15 !== 0) continue
    for (const path of [
      `/users/${users[done % 4]}/kyc`,
      `/users/${users[done % 4]}/events`,
      '/changes',
      '/seals/checkpoint',
    ]) {
      await ask(service, path)
    }
  }
  return Object.fromEntries(answers)
}

const healthOf = async (service: Service): Promise<string> => (await service.get('/health/ready')).text()

/** Until deliveries are taken again. */
const takenAgain = async (recorded: Recorded, service: Service): Promise<number> => {
  let refused = 0
  await untilTrue('deliveries are taken', async () => {
    const taken = (await recorded.deliver(service)) === 200
    if (!taken) refused += 1
    return taken
  })
  return refused
}

/** All that was sent is sent again, as the provider does: who asks again must not be told what is not so. */
const sendAgain = async ({ sent, deliver }: Recorded, service: Service) => {
  const answers = new Map<number, number>()
  for (const fact of [...sent]) {
    const status = await deliver(service, fact)
    answers.set(status, (answers.get(status) ?? 0) + 1)
  }
  return Object.fromEntries(answers)
}

export const warnings = (service: Service): readonly string[] =>
  service
    .stdout()
    .split('\n')
    .filter(
      (line) =>
        /"level":"?(warn|error|[45]0)/.test(line) && !/is not set|a key was made|file modes|signature/.test(line),
    )
    .map((line) => {
      const { msg, reason, err } = JSON.parse(line) as { msg: string; reason?: string; err?: { message: string } }
      return [msg, reason, err?.message].filter((part) => part !== undefined).join(': ')
    })

/** A service under load before the faults and while it meets them. */
const metUnderLoad = async (recorded: Recorded, size: number, faults: readonly Fault[]) => {
  const service = await recorded.start()
  await service.ready()
  const before = await load(recorded, service, size / 3)
  recorded.disk.fail(...faults)
  const meanwhile = await load(recorded, service, size / 3)
  return { service, before, meanwhile }
}

/** Meets the faults one after the other under load; what is written down is what somebody outside sees. */
const under =
  (...faults: readonly Fault[]): Scenario =>
  async (recorded, size) => {
    const { service, before, meanwhile } = await metUnderLoad(recorded, size, faults)
    const health = await healthOf(service)
    recorded.disk.fail()
    const refused = await takenAgain(recorded, service)
    const after = await load(recorded, service, size / 3)
    const healthAfter = await healthOf(service)
    const [told, exit] = [warnings(service), await service.stop()]
    return { before, meanwhile, health, refused, after, healthAfter, told, exit }
  }

/** The same, but a person has to start it again: nothing more is written to a log that could not be read. */
const untilStartedAgain =
  (...faults: readonly Fault[]): Scenario =>
  async (recorded, size) => {
    const { service, before, meanwhile } = await metUnderLoad(recorded, size, faults)
    recorded.disk.fail()
    await untilTrue('it is told what to do', async () => {
      await recorded.deliver(service)
      return service.stdout().includes('can be read now')
    })
    const health = await healthOf(service)
    const [told, exit] = [warnings(service), await service.stop()]
    const next = await recorded.start()
    const again = await sendAgain(recorded, next)
    const after = await load(recorded, next, size / 3)
    return { before, meanwhile, health, told, exit, again, after, exitAfter: await next.stop() }
  }

const honest: Scenario = async (recorded, size) => {
  const first = await recorded.start()
  await first.ready()
  const one = await load(recorded, first, size / 3)
  await first.stop()
  const second = await recorded.start()
  await second.ready()
  const two = await load(recorded, second, size / 3)
  await second.kill()
  const third = await recorded.start()
  const again = await sendAgain(recorded, third)
  const three = await load(recorded, third, size / 3)
  return { one, two, again, three, exit: await third.stop() }
}

/** The commit's sync fails, and the process dies before it writes again: what it wrote is in memory, and nowhere else. */
const killedAfter =
  (reader: boolean): Scenario =>
  async (recorded, size) => {
    const one = await recorded.start()
    await one.ready()
    const before = await load(recorded, one, size / 3)
    // The write-ahead log that it writes to holds few pages but these.
    await one.stop()
    const first = await recorded.start()
    await first.ready()
    const db = reader ? new Database(join(recorded.directory, 'events.db'), { readonly: true }) : null
    db?.prepare('SELECT count(*) FROM events').get()
    recorded.disk.fail('sync events.db-wal EIO 0 -1')
    const answer = await recorded.deliver(first)
    await first.kill()
    const told = warnings(first)
    recorded.disk.fail()
    const second = await recorded.start()
    const again = await sendAgain(recorded, second)
    const after = await load(recorded, second, size / 3)
    db?.close()
    return { before, answer, told, again, after, exit: await second.stop() }
  }

export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  honest,
  'commit-sync': under('sync events.db-wal EIO 2 1', 'sync journal.db-wal EIO 1 1'),
  'commit-sync-killed': killedAfter(false),
  'commit-sync-killed-read': killedAfter(true),
  'checkpoint-sync': under('sync events.db EIO 0 2'),
  'checkpoint-write': under('write events.db EIO 5 1'),
  'checkpoint-full': under('write events.db ENOSPC 0 -1'),
  'wal-full': under('write events.db-wal ENOSPC 20 6'),
  'short-writes': under(
    'part .db-wal short 0 -1',
    'part .db short 0 -1',
    'part head.next short 0 -1',
    'part positions short 0 -1',
    'part checkpoint.next short 0 -1',
  ),
  'read-log': untilStartedAgain('read events.db EIO 0 1'),
  'read-wal': untilStartedAgain('read events.db-wal EIO 0 1'),
  'read-model': under('read read-model.db EIO 0 1', 'read read-model.db-wal EIO 3 1'),
  'read-model-sync': under('sync read-model.db-wal EIO 0 1', 'sync read-model.db EIO 1 1'),
  'read-model-sync-twice': under('sync read-model.db-wal EIO 0 2'),
  tree: under('sync head.next EIO 0 1', 'sync positions EIO 1 1', 'sync 000 EIO 0 1', 'read head EIO 0 1'),
}

/** Erasures on a disk that fails (`erasure.ts`). */
export const ERASURES: Readonly<Record<string, readonly Fault[]>> = {
  erasure: [],
  'erasure-sync': ['sync events.db EIO 0 1', 'sync journal.db EIO 1 1'],
  'erasure-short': ['part events.db short 0 -1', 'part journal.db short 0 -1', 'part read-model.db short 0 -1'],
}
