import type { EventStore } from '../../eventStore/eventStore.ts'
import { isEndOfLog } from '../../eventStore/isEndOfLog.ts'
import type { RecordedEvent } from '../../eventStore/recordedEvent.ts'
import { type LogVerified, verifyLog } from '../../evidence/verifyLog.ts'
import { readErased } from '../../ledger/erased.ts'
import { type LogIdentity, originOf, readIdentity } from '../../ledger/logIdentity.ts'
import { recordedAtOf } from '../../ledger/recordedAt.ts'
import { keptCheckpoint } from '../../sealing/kept.ts'
import { numberInWords } from '../../words/numberInWords.ts'
import type { BackupFailure } from '../failure.ts'
import { againstReadModel } from './againstReadModel.ts'
import type { Found } from './found.ts'
import { rootOfLog } from './rootOfLog.ts'
import type { Running } from './running.ts'

/** What was seen of a restored log. */
export interface LogProof extends Found {
  readonly events: number
  /** Up to when it holds what the running log holds, for certain, in seconds since 1970; 0 where it is another. */
  readonly upTo: number
}

const fault = (failure: BackupFailure, says: string): Found => ({ told: [], faults: [{ failure, says }] })
const told = (...lines: readonly string[]): Found => ({ told: lines, faults: [] })

const joined = (...all: readonly Found[]): Found => ({
  told: all.flatMap((one) => one.told),
  faults: all.flatMap((one) => one.faults),
})

/** What is wrong in the restored log by itself: payloads, streams, parts, erasures and seals. */
const byItself = ({ wrong, wrongCount, damaged }: LogVerified): Found => ({
  told: [],
  faults: [
    ...wrong.map(
      ({ stream, place, what }) => `${stream}${place === null ? '' : `, revision ${place.revision}`}: ${what}`,
    ),
    ...(wrongCount > wrong.length ? [`${numberInWords(wrongCount - wrong.length)} more`] : []),
    ...damaged.map((stream) => `${stream}: not all of it can be read`),
  ].map((says) => ({ failure: 'damaged', says })),
})

/** Its tree is held against that of the running log: whatever was altered, put in or taken out among its events shows in the root. */
const againstTree = async ({ size, root }: LogVerified, running: Running, identity: LogIdentity): Promise<Found> => {
  const own = await rootOfLog(running.store, running.dataDir, identity, size)
  if (own === null) return fault('differs', `the backup holds ${numberInWords(size)} events, and the running log fewer`)
  return own.equals(root)
    ? told(`tree: its ${numberInWords(size)} leaves are the first of the running log, root ${root.toString('base64')}`)
    : fault('differs', `its ${numberInWords(size)} events are not the first ${numberInWords(size)} of the running log`)
}

/** The newest checkpoint that the directory keeps: it is over the beginning of the backup, or the backup is one of it. */
const againstCheckpoint = async (
  { size, rootAt }: LogVerified,
  { store, dataDir }: Running,
  identity: LogIdentity,
): Promise<Found> => {
  const kept = keptCheckpoint(dataDir)
  if (kept === null || kept.origin !== originOf(identity)) return told()
  const root = rootAt.get(kept.size) ?? (await rootOfLog(store, dataDir, identity, kept.size))
  const over = `the checkpoint over ${numberInWords(kept.size)} events that DATA_DIR keeps`
  if (root?.equals(kept.root) !== true) return fault('differs', `${over} is of another log`)
  return told(`checkpoint: ${over} agrees${kept.size > size ? ': it was signed since, over the running log' : ''}`)
}

const erasedSince = async ({ erased }: LogVerified, { store }: Running): Promise<Found> => {
  const now = (await readErased(store)).users.size
  const users = numberInWords(now - erased.users)
  if (now <= erased.users) return told()
  return told(`erased: ${users} users were erased since it was made; it holds them until it is removed`)
}

/** Where nothing came to the running log since, all that there was at the beginning is held; otherwise what came until the last event. */
const upToWhen = async (running: EventStore, last: RecordedEvent | null, now: number): Promise<number> => {
  if (await isEndOfLog(running, last?.position ?? null)) return now
  const recordedAt = last === null ? null : recordedAtOf(last)
  return recordedAt === null ? 0 : Math.min(now, recordedAt / 1_000_000)
}

/**
 * Looks through a restored log, and holds it against the running one: its identity, its tree, the newest checkpoint, and, folded into `file`,
 * the read model in use. The running one may be ahead, and be written to meanwhile. Rejects where one of the two cannot be read.
 */
export const proveLog = async (restored: EventStore, running: Running, file: string): Promise<LogProof> => {
  const now = Date.now() / 1000
  let [events, last]: [number, RecordedEvent | null] = [0, null]
  const counted: EventStore = {
    ...restored,
    readAll: async function* (...asked) {
      for await (const some of restored.readAll(...asked)) {
        events += some.length
        last = some.at(-1) ?? last
        yield some
      }
    },
  }
  const kept = keptCheckpoint(running.dataDir)
  const verified = await verifyLog(counted, { secrets: [], sizes: kept === null ? [] : [kept.size] })
  const identity = await readIdentity(running.store)
  const own = verified.identity
  const seen = { events, upTo: 0 }
  if (own === null || identity === null || own.logId !== identity.logId)
    return {
      ...seen,
      ...fault(
        'differs',
        `it is the log ${own?.logId ?? 'without an identity'}, and ${identity?.logId ?? 'none'} is served`,
      ),
    }
  if (own.generation !== identity.generation || own.losses > identity.losses)
    return { ...seen, ...fault('differs', 'it is of another copy of the log than the one that is served') }
  const held = joined(
    byItself(verified),
    await againstTree(verified, running, identity),
    await againstCheckpoint(verified, running, identity),
    await erasedSince(verified, running),
  )
  const end = (last as RecordedEvent | null)?.position ?? null
  if (held.faults.length > 0 || end === null) return { ...seen, ...held }
  const upTo = await upToWhen(running.store, last, now)
  return { events, upTo, ...joined(held, await againstReadModel(restored, end, running, identity, file)) }
}
