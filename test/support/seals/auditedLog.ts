import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { WRONG } from '../../../src/cli/verifiedLines.ts'
import { verify } from '../../../src/cli/verify.ts'
import { type VerifyAsked, verifyAsked } from '../../../src/cli/verifyAsked.ts'
import { systemClock } from '../../../src/clock/clock.ts'
import type { RecordedEvent } from '../../../src/eventStore/recordedEvent.ts'
import { readSeal } from '../../../src/ledger/seals.ts'
import { SEALS } from '../../../src/ledger/streams.ts'
import { parseCheckpoint } from '../../../src/tlog/checkpoint.ts'
import { parseNote } from '../../../src/tlog/note.ts'
import { appendOwn, observed } from '../events/ownEvents.ts'
import { eventsOf, readingLog, writingLog } from '../logs/logs.ts'
import { newDirectory } from '../newDirectory.ts'
import { eventually } from '../patience.ts'
import { right } from '../right.ts'
import { okText } from '../service/answers.ts'
import { kycHere } from '../service/kycHere.ts'
import { type OwnService, readyHere } from '../service/service.ts'
import { document, newUser, request, SECRET, validation } from '../webhooks/webhookBuilders.ts'
import { startWitness, type WitnessProcess } from '../witness/witnessProcess.ts'

/** A checkpoint that stands in a log. */
export interface StandingSeal {
  readonly revision: number
  readonly position: string
  readonly size: number
}

/** A log that a service has written, sealed and had cosigned, with all that an auditor has of it from before. */
export interface AuditedLog {
  readonly file: string
  /** Of the key that the log was sealed with; the operator's. */
  readonly keyFile: string
  /** The log as it was once, in a file. */
  readonly backup: string
  /** In the order of the log. */
  readonly events: readonly RecordedEvent[]
  readonly leaves: readonly RecordedEvent[]
  readonly seals: readonly StandingSeal[]
  readonly keys: readonly string[]
  readonly witnessKeys: readonly string[]
  /** A checkpoint over all of it, and the newest that the witness has cosigned, as the witness shows it: files. */
  readonly checkpoint: string
  readonly seenByWitness: string
}

const sealsIn = (events: readonly RecordedEvent[]): readonly StandingSeal[] =>
  events.flatMap((event) => {
    const seal = readSeal(event)
    if (seal?._tag !== 'Checkpoint') return []
    const { size } = right(parseCheckpoint(right(parseNote(seal.note)).text))
    return [{ revision: event.revision, position: event.position, size }]
  })

const checkpointOver = (service: OwnService, size: number): Promise<string> =>
  eventually(`a cosigned checkpoint over ${size} events`, async () => {
    const answer = await service.get('/checkpoint')
    const note = await answer.text()
    const isCosigned = note.includes('— witness.example/1 ')
    return answer.status === 200 && Number(note.split('\n')[1]) >= size && isCosigned ? note : null
  })

const keysOf = async (directory: string): Promise<readonly string[]> => {
  const service = await readyHere(directory, { SEAL_EVERY: '1' })
  const keys = await eventually('keys', async () => (await okText(await service.get('/seals/keys'))).trim() || null)
  await service.stop()
  return keys.split('\n')
}

const leavesIn = (directory: string): Promise<number> =>
  readingLog(directory, async (store) => (await eventsOf(store)).filter(({ stream }) => stream !== SEALS).length)

const ROUNDS = 3
const REFUSED = { kycReview: '3', kycLevel: '4', userStatus: 'VALIDATED' }

/**
 * Has a service write it, in rounds that are each sealed and cosigned: webhooks of two users and of nobody, and who has read of
 * them; between the rounds, what the provider answered about one of the two. `backup` is the log as it was before the last round.
 */
export const auditedLog = async (): Promise<AuditedLog> => {
  const directory = newDirectory()
  const elsewhere = newDirectory()
  const [checkpoint, seenByWitness, backup] = ['checkpoint', 'seen', 'backup.db'].map((name) => join(elsewhere, name))
  if (checkpoint === undefined || seenByWitness === undefined || backup === undefined) throw new Error('three names')
  const file = join(directory, 'events.db')
  const keys = await keysOf(directory)
  const witness: WitnessProcess = await startWitness(
    newDirectory(),
    keys.map((vkey) => ({ vkey })),
  )
  const WITNESSES = witness.vkeys.map((vkey) => `${vkey} ${witness.url}`).join(',')
  const [one, other] = [newUser(), newUser()]
  for (let round = 0; round < ROUNDS; round += 1) {
    if (round === ROUNDS - 1) copyFileSync(file, backup)
    const service = await readyHere(directory, { SEAL_EVERY: '1', WITNESSES })
    const before = await leavesIn(directory)
    for (const user of [one, other]) {
      await service.deliver(request(user))
      await service.deliver(validation(user))
    }
    await service.deliver(document('create', '0000000', {}, { documentId: `document-${round}` }))
    await service.events(one)
    await checkpointOver(service, before + 6)
    await service.stop()
    if (round < ROUNDS - 1)
      await writingLog(directory, (store) => appendOwn(store, one, observed(one, REFUSED, systemClock())))
  }
  writeFileSync(seenByWitness, await okText(await witness.monitored(keys[0]?.split('+')[0] ?? '')))
  const witnessKeys = witness.vkeys
  await witness.end('SIGTERM')
  writeFileSync(checkpoint, (await kycHere(directory, ['seal'])).stdout)
  const events = await readingLog(directory, eventsOf)
  return {
    file,
    keyFile: join(directory, 'seal-key.pem'),
    backup,
    events,
    leaves: events.filter(({ stream }) => stream !== SEALS),
    seals: sealsIn(events),
    keys,
    witnessKeys,
    checkpoint,
    seenByWitness,
  }
}

/** A copy of a log in a data directory of its own: gives its file. */
export const copyOf = ({ file }: Pick<AuditedLog, 'file'>): string => {
  const copy = join(newDirectory(), 'events.db')
  copyFileSync(file, copy)
  return copy
}

/** What an auditor brings: files of checkpoints, and whether he has the keys of the witness. */
export interface Auditor {
  readonly checkpoints: readonly string[]
  readonly isWitnessed: boolean
}

const asked = ({ keys, witnessKeys }: AuditedLog, { checkpoints, isWitnessed }: Auditor): VerifyAsked =>
  right(
    verifyAsked([
      ...keys.flatMap((key) => ['--key', key]),
      ...checkpoints.flatMap((file) => ['--checkpoint', file]),
      ...(isWitnessed ? witnessKeys : []).flatMap((key) => ['--witness', key]),
    ]),
  )

/** What `verify` finds wrong in a log in a file, with the keys of another, and the provider's secret; and what it did not check. */
export const foundBy = async (
  file: string,
  log: AuditedLog,
  auditor: Auditor = { checkpoints: [log.checkpoint], isWitnessed: true },
): Promise<{ readonly wrong: readonly string[]; readonly notChecked: readonly string[] }> => {
  const directory = join(file, '..')
  const { lines } = await readingLog(directory, (store) => verify(store, asked(log, auditor), [SECRET]))
  const those = (beginning: string): readonly string[] =>
    lines.filter((line) => line.startsWith(beginning)).map((line) => line.slice(beginning.length))
  return { wrong: those(WRONG), notChecked: those('not checked: ') }
}
