import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import { readSeal } from '../../src/ledger/seals.ts'
import { SEALS } from '../../src/ledger/streams.ts'
import { gather } from '../support/gather.ts'
import { readingLog } from '../support/logs/logs.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { eventually } from '../support/patience.ts'
import { itLong } from '../support/rounds.ts'
import { untilSeals } from '../support/seals/untilSeals.ts'
import { okText } from '../support/service/answers.ts'
import { readyHere, refusedHere } from '../support/service/service.ts'
import { newUser, validation } from '../support/webhooks/webhookBuilders.ts'
import { WITNESS_NAME, type WitnessHere, witnessHere } from '../support/witness/witnessProcess.ts'
import { writtenOnce } from '../support/writtenOnce.ts'

const AT_THE_END = { SEAL_EVERY: '86400' }
const EVERY_SECOND = { SEAL_EVERY: '1' }

/** A log with a key. */
const sealed = writtenOnce(async () => {
  const directory = newDirectory()
  const service = await readyHere(directory, AT_THE_END)
  await untilSeals(service, 'sealing')
  const keys = (await okText(await service.get('/seals/keys'))).trim().split('\n')
  await service.stop()
  return { directory, keys }
})

/** A log, a witness that watches it, and how the service is told of the witness. */
const watched = async () => {
  const { directory, keys } = await sealed()
  const witness = await witnessHere(
    newDirectory(),
    keys.map((vkey) => ({ vkey })),
  )
  const WITNESSES = witness.vkeys.map((vkey) => `${vkey} ${witness.url}`).join(',')
  return { directory, witness, WITNESSES }
}

/** Delivers an event about somebody new, and waits until a witness has cosigned a checkpoint that covers it. */
const cosignedWith = async (directory: string, WITNESSES: string): Promise<string> => {
  const service = await readyHere(directory, { ...EVERY_SECOND, WITNESSES })
  const user = newUser()
  await service.deliver(validation(user))
  await eventually('a cosigned checkpoint over it', async () => {
    const answer = await service.get('/checkpoint')
    const note = await answer.text()
    return answer.status === 200 && Number(note.split('\n')[1]) >= 2 && note.includes(`— ${WITNESS_NAME} `)
      ? note
      : null
  })
  await service.stop()
  return user
}

/** Whoever owns log and key writes it anew: an event is another one, and no seal of before is there any more. */
const writeAnew = (directory: string): void => {
  const db = new Database(join(directory, 'events.db'))
  db.exec('DROP TRIGGER events_are_never_changed; DROP TRIGGER events_are_never_deleted')
  const rows = db
    .prepare<[string], Record<string, unknown>>('SELECT * FROM events WHERE stream <> ? ORDER BY position')
    .all(SEALS)
  db.exec('DELETE FROM events')
  const insert = db.prepare(
    'INSERT INTO events VALUES (@position, @stream, @revision, @event_id, @type, @data, @metadata)',
  )
  rows.forEach((row, index) => {
    const metadata = String(row['metadata']).replace(/"recordedAt":"20(\d\d)/, '"recordedAt":"19$1')
    insert.run({ ...row, position: index + 1, metadata: index === 1 ? metadata : row['metadata'] })
  })
  db.close()
  for (const name of ['tree', 'sealed', 'read-model.db', 'read-model.db-wal', 'read-model.db-shm']) {
    rmSync(join(directory, name), { recursive: true, force: true })
  }
}

describe('a witness of a log', () => {
  let witness: WitnessHere
  let directory: string
  let WITNESSES: string
  beforeEach(async () => {
    const all = await watched()
    witness = all.witness
    directory = all.directory
    WITNESSES = all.WITNESSES
  })
  afterEach(async () => {
    await witness.end()
  })

  it('cosigns each checkpoint, which is kept in the log and shown', async () => {
    await cosignedWith(directory, WITNESSES)
    const written = (await readingLog(directory, (store) => gather(store.readStream(SEALS)))).map(readSeal)
    const cosigned = written.flatMap((seal) => (seal?._tag === 'Cosigned' ? [seal] : []))
    expect(cosigned.length).to.be.greaterThan(0)
    for (const { cosignatures } of cosigned)
      expect(cosignatures.match(new RegExp(`^— ${WITNESS_NAME} `, 'gm'))).to.have.length(2)

    const again = await readyHere(directory, { ...EVERY_SECOND, WITNESSES })
    const shown = await eventually('what was kept', async () => {
      const answer = await again.get('/checkpoint')
      return answer.status === 200 ? await answer.text() : null
    })
    expect(shown).to.include(`— ${WITNESS_NAME} `)
    await again.deliver(validation(newUser()))
    await eventually('when it agreed', async () => {
      const metrics = await (await again.get('/metrics')).text()
      const at = Number(
        /^kyc_witness_agreed_timestamp_seconds\{witness="witness.example\/1"\} (\S+)$/m.exec(metrics)?.[1],
      )
      return at > 1_700_000_000 ? at : null
    })
    await again.stop()
  })

  it('holds up nothing when it is out of reach', async () => {
    await witness.end()
    const service = await readyHere(directory, { ...EVERY_SECOND, WITNESSES })
    const user = newUser()
    await service.deliver(validation(user))
    expect(await service.kyc(user)).to.include({ status: 'validated' })
    await eventually('a checkpoint over it', async () => {
      const answer = await service.get('/checkpoint')
      return answer.status === 200 && (await answer.text()).split('\n')[1] === '2' ? true : null
    })
    await service.stop()
    expect(service.stdout()).to.include('a witness does not agree')
  })

  it('is not asked with a key that is damaged, which keeps nothing from starting', async () => {
    writeFileSync(join(directory, 'seal-key.pem'), 'no key')
    const service = await readyHere(directory, { ...EVERY_SECOND, WITNESSES })
    await untilSeals(service, 'no key')
    await service.deliver(validation(newUser()))
    await service.stop()
    expect(service.stdout()).to.include('seal-key.pem is no file of keys')
  })

  itLong('sees that the owner of log and key has written it anew, which nobody else does', async () => {
    const user = await cosignedWith(directory, WITNESSES)
    writeAnew(directory)
    const alone = await readyHere(directory, EVERY_SECOND)
    await untilSeals(alone, 'sealing')
    expect(await alone.kyc(user)).to.include({ status: 'validated' })
    await alone.stop()

    const service = await readyHere(directory, { ...EVERY_SECOND, WITNESSES })
    await untilSeals(service, 'contradicted')
    await eventually('unknown', async () => ((await service.kyc(user)).status === 'unknown' ? true : null))
    await service.says('has cosigned another log')
    await service.stop()
    // What it has shown once is not forgotten when it cannot be asked.
    await witness.end()
    const later = await readyHere(directory, { ...EVERY_SECOND, WITNESSES })
    await untilSeals(later, 'contradicted')
    expect(await later.kyc(user)).to.include({ status: 'unknown' })
    await later.stop()
    // Until somebody accepts it: then the log has another name, of which the witness knows nothing.
    const accepting = await readyHere(directory, { ...EVERY_SECOND, WITNESSES }, { acceptLostEvents: true })
    await untilSeals(accepting, 'sealing')
    await eventually('validated', async () => ((await accepting.kyc(user)).status === 'validated' ? true : null))
    await accepting.stop()
  })

  it('remembers the end of a log that nobody else does', async () => {
    await cosignedWith(directory, WITNESSES)
    const db = new Database(join(directory, 'events.db'))
    db.exec('DROP TRIGGER events_are_never_deleted; DELETE FROM events WHERE position > 1')
    db.close()
    for (const name of ['tree', 'sealed', 'read-model.db', 'read-model.db-wal', 'read-model.db-shm']) {
      rmSync(join(directory, name), { recursive: true, force: true })
    }
    expect(await refusedHere(directory, { ...EVERY_SECOND, WITNESSES })).to.match(
      /holds 1 events, and \d were sealed, as the witness witness.example\/1 says/,
    )
  })
})
