import { setTimeout as delay } from 'node:timers/promises'
import type { EventStore } from '../../eventStore/eventStore.ts'
import type { Position } from '../../eventStore/recordedEvent.ts'
import type { LogIdentity } from '../../ledger/logIdentity.ts'
import { userOfStream } from '../../ledger/streams.ts'
import { openReadModelWriter } from '../../readModel/database/writer.ts'
import { currentReadModel } from '../../readModel/file.ts'
import { standingOf } from '../../readModel/standing.ts'
import { build } from '../../replay/build.ts'
import { compareWithServed } from '../../replay/compareWithServed.ts'
import { withoutProgress } from '../../replay/progressBar.ts'
import { tellUncertain } from '../../replay/tellUncertain.ts'
import { upTo } from '../../replay/upTo.ts'
import { numberInWords } from '../../words/numberInWords.ts'
import type { Found } from './found.ts'
import type { Running } from './running.ts'

const LOOK_EVERY_MS = 200
const DIFFERENCES_TOLD = 20

/** Waits until the read model in use has come to a position; gives where it stands then, which is before it where it does not come so far. */
const awaited = async ({ dataDir, patienceMs }: Running, position: Position): Promise<Position | null> => {
  const until = performance.now() + patienceMs
  for (;;) {
    const at = standingOf(currentReadModel(dataDir))?.position ?? null
    if ((at ?? '') >= position || performance.now() >= until) return at
    await delay(LOOK_EVERY_MS)
  }
}

/** What came to the running log since: how many events, and of how many users. */
const since = async (
  store: EventStore,
  after: Position,
): Promise<{ readonly events: number; readonly users: number }> => {
  const users = new Set<string>()
  let events = 0
  for await (const some of store.readAll(after, () => undefined)) {
    events += some.length
    for (const { stream } of some) if (userOfStream(stream) !== null) users.add(stream)
  }
  return { events, users: users.size }
}

/**
 * Folds a restored log up to its end into a read model in `file`, has that go on with what came to the running log since, and compares
 * it with the one in use, all rows of all tables that the log fills: so nobody is passed over, neither who has been heard of since nor who was
 * erased. What the service folded of the events of before the backup has to come out of the restored ones.
 */
export const againstReadModel = async (
  restored: EventStore,
  end: Position,
  running: Running,
  identity: LogIdentity,
  file: string,
): Promise<Found> => {
  const { store, dataDir } = running
  const { progressed, isDamaged } = tellUncertain()
  await build(upTo(restored, end), file, progressed, withoutProgress)
  if (isDamaged()) return { told: [], faults: [{ failure: 'damaged', says: 'the restored log is damaged' }] }
  const model = openReadModelWriter(file)
  model.belongTo(identity)
  model.close()

  const fault = (says: string): Found => ({ told: [], faults: [{ failure: 'differs', says }] })
  const at = await awaited(running, end)
  if ((at ?? '') < end)
    return fault(
      `the read model in use has come to position ${at ?? 'none'}, the backup to ${end}: is the service running?`,
    )
  const lines: string[] = []
  const served = currentReadModel(dataDir)
  const log = standingOf(served)?.log ?? null
  if (log?.generation !== identity.generation || log.losses !== identity.losses)
    return fault('the read model in use is of another state of the log')
  const report = (line: string): void => void lines.push(line)
  const compared = await compareWithServed(store, served, file, true, progressed, { report, show: withoutProgress })
  if (compared === null) return fault('there is no read model in use that can be compared')
  const { events, users } = await since(store, end)
  const heard =
    events === 0
      ? ''
      : `; ${numberInWords(events)} events came since, of ${numberInWords(users)} users, who were folded on`
  const told = `read model: ${numberInWords(compared.rows)} rows folded from it are the ones in use${heard}`
  if (compared.differences === 0) return { told: [told], faults: [] }
  const more = lines.length - DIFFERENCES_TOLD
  return {
    told: [],
    faults: [
      `${numberInWords(compared.differences)} rows of the read model in use are not what is folded from the backup`,
      ...lines.slice(0, DIFFERENCES_TOLD),
      ...(more > 0 ? [`${numberInWords(more)} more`] : []),
    ].map((says) => ({ failure: 'differs', says })),
  }
}
