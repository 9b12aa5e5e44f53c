import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import { readSealKey } from '../../src/evidence/sealKey.ts'
import { verifyLog } from '../../src/evidence/verifyLog.ts'
import { originOf, readIdentity } from '../../src/ledger/logIdentity.ts'
import { readSeal } from '../../src/ledger/seals.ts'
import { SEALS } from '../../src/ledger/streams.ts'
import { type VerifiedCheckpoint, verifyCheckpoint } from '../../src/tlog/verifyCheckpoint.ts'
import { gather } from '../support/gather.ts'
import { alterEvent, textsOf } from '../support/logs/alteredLog.ts'
import { readingLog } from '../support/logs/logs.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { eventually } from '../support/patience.ts'
import { right } from '../support/right.ts'
import { readinessOf, untilSeals } from '../support/seals/untilSeals.ts'
import { expectProblem } from '../support/service/answers.ts'
import { kycHere } from '../support/service/kycHere.ts'
import { type OwnService, readyHere, refusedHere, serveHere, startService } from '../support/service/service.ts'
import { spawnService } from '../support/service/serviceProcess.ts'
import { newUser, request, validation } from '../support/webhooks/webhookBuilders.ts'
import { writtenOnce } from '../support/writtenOnce.ts'

const EVERY_SECOND = { SEAL_EVERY: '1' }
const AT_THE_END = { SEAL_EVERY: '86400' }

/** The checkpoints in the log of a directory, checked with the key that lies there. */
const checkpointsIn = (directory: string): Promise<readonly VerifiedCheckpoint[]> =>
  readingLog(directory, async (store) => {
    const identity = await readIdentity(store)
    if (identity === null) throw new Error('the log has no identity')
    const keys = readSealKey(join(directory, 'seal-key.pem'), originOf(identity)).map(({ verifier }) => verifier)
    return (await gather(store.readStream(SEALS)))
      .map(readSeal)
      .flatMap((seal) => (seal?._tag === 'Checkpoint' ? [right(verifyCheckpoint(seal.note, keys))] : []))
  })

/** Each checkpoint is signed by both keys, and the log begins with what it says. */
const expectSealed = async (directory: string): Promise<readonly VerifiedCheckpoint[]> => {
  const checkpoints = await checkpointsIn(directory)
  const { size, rootAt } = await readingLog(directory, (store) =>
    verifyLog(store, { secrets: [], sizes: checkpoints.map(({ checkpoint }) => checkpoint.size) }),
  )
  for (const { checkpoint, signed } of checkpoints) {
    expect(signed.map(({ by }) => by.type)).to.deep.equal([1, 6])
    expect(rootAt.get(checkpoint.size)?.equals(checkpoint.root)).to.equal(true)
  }
  expect(checkpoints.at(-1)?.checkpoint.size).to.equal(size)
  return checkpoints
}

/** A stopped service whose log has a seal, then one more user, then a seal: its directory and the two users. */
const twiceSealed = writtenOnce(async () => {
  const directory = newDirectory()
  const [first, second] = [newUser(), newUser()]
  for (const user of [first, second]) {
    const service = await readyHere(directory, AT_THE_END)
    // A log without a seal gets one at once.
    await eventually('a checkpoint', async () => ((await service.get('/checkpoint')).status === 200 ? true : null))
    await service.deliver(request(user))
    await service.deliver(validation(user))
    await service.stop()
  }
  expect(await expectSealed(directory)).to.have.length(3)
  return { directory, first, second }
})

/** Somebody turns an event round who knows that payload and hash have to go together: its times alone are other ones. */
const alterTimes = (directory: string, user: string, revision: number): void => {
  const file = join(directory, 'events.db')
  const { metadata = '' } = textsOf(file, `kyc-${user}`)[revision] ?? {}
  const other = metadata.replace(/"recordedAt":"20(\d\d)/, '"recordedAt":"19$1')
  expect(other).not.to.equal(metadata)
  alterEvent(file, `kyc-${user}`, revision, { metadata: other })
}

const loseTree = (directory: string): void => rmSync(join(directory, 'tree'), { recursive: true })

/** Takes away the end of a log, from the first event of a stream on. */
const cutFrom = (directory: string, stream: string): void => {
  const db = new Database(join(directory, 'events.db'))
  db.exec('DROP TRIGGER IF EXISTS events_are_never_deleted')
  db.prepare('DELETE FROM events WHERE position >= (SELECT min(position) FROM events WHERE stream = ?)').run(stream)
  db.close()
}

const refusedWith = async (directory: string): Promise<string> => {
  const child = spawnService(directory, AT_THE_END)
  expect(await child.exited, child.stdout()).to.deep.equal({ code: 1, signal: null })
  const fatal = child
    .stdout()
    .split('\n')
    .find((line) => line.includes('"level":60'))
  return (JSON.parse(fatal ?? '{}') as { readonly msg: string }).msg
}

describe('sealing', () => {
  it('signs a checkpoint when the log has grown, and none when it has not', async () => {
    const service = await readyHere(newDirectory(), EVERY_SECOND)
    await untilSeals(service, 'sealing')
    await service.deliver(validation(newUser()))
    const grown = await eventually('a second checkpoint', async () => {
      const checkpoints = await checkpointsIn(service.directory)
      return checkpoints.at(-1)?.checkpoint.size === 3 ? checkpoints : null
    })
    await new Promise((resolve) => setTimeout(resolve, 2500))
    expect(await checkpointsIn(service.directory)).to.have.length(grown.length)
    await service.says('a key was made that seals the log')
    await service.stop()
    await expectSealed(service.directory)
    expect(statSync(join(service.directory, 'seal-key.pem')).mode & 0o777).to.equal(0o600)
  })

  it('seals what came last when the service stops, and goes on after kill -9', async () => {
    const directory = newDirectory()
    const user = newUser()
    const killed = await startService(directory, AT_THE_END)
    await killed.deliver(request(user))
    await killed.kill()
    const service = await readyHere(directory, AT_THE_END)
    await untilSeals(service, 'sealing')
    await service.deliver(validation(user))
    await service.stop()
    const checkpoints = await expectSealed(directory)
    expect(checkpoints.at(-1)?.checkpoint.size).to.equal(4)
  })

  it('makes the same tree of the same log anew', async () => {
    const { directory } = await twiceSealed()
    const root = (await checkpointsIn(directory)).at(-1)?.checkpoint.root
    loseTree(directory)
    const service = await readyHere(directory, AT_THE_END)
    await untilSeals(service, 'sealing')
    await service.deliver(validation(newUser()))
    await service.stop()
    const checkpoints = await expectSealed(directory)
    expect(checkpoints.at(-2)?.checkpoint.root).to.deep.equal(root)
  })

  it('keeps nothing from starting where the tree cannot be written, and tells the end of the log all the same', async () => {
    const { directory, second } = await twiceSealed()
    loseTree(directory)
    writeFileSync(join(directory, 'tree'), 'no directory')
    const service = await readyHere(directory, EVERY_SECOND)
    await service.deliver(validation(newUser()))
    expect(await service.kyc(second)).to.include({ status: 'validated' })
    await eventually('it says so', () =>
      service.stdout().includes('sealing stopped; it is started again') ? true : null,
    )
    await service.stop()
    cutFrom(directory, `kyc-${second}`)
    for (const lost of ['', '-wal', '-shm']) rmSync(join(directory, `read-model.db${lost}`), { force: true })
    expect(await refusedHere(directory, AT_THE_END)).to.include('holds 4 events, and 6 were sealed')
  })

  it('seals nothing with another key than the log was sealed with, and says so', async () => {
    const { directory, second } = await twiceSealed()
    rmSync(join(directory, 'seal-key.pem'))
    const service = await readyHere(directory, EVERY_SECOND)
    await untilSeals(service, 'another key')
    expect(await service.kyc(second)).to.include({ status: 'validated' })
    await service.deliver(validation(newUser()))
    await service.stop()
    const written = await readingLog(directory, (store) => gather(store.readStream(SEALS)))
    expect(written).to.have.length(3)
    expect(service.stdout()).to.include('was not signed with the key of this node')
  })

  it('seals nothing without a key where others could reach it, and serves', async () => {
    const env = {
      ...EVERY_SECOND,
      HOST: '0.0.0.0',
      TREEZOR_WEBHOOK_SECRET: 'one',
      METRICS_OPEN: 'on',
      API_KEYS: `a:kyc:read:${'0'.repeat(64)}`,
      DRAIN_DELAY: '0',
    }
    const service = await serveHere(newDirectory(), env)
    await untilSeals({ ...service, get: (path) => fetch(service.url.replace('0.0.0.0', '127.0.0.1') + path) }, 'no key')
    await service.stop()
    expect(service.stdout()).to.include('there is no SEAL_KEY_FILE')
    expect(await readingLog(service.directory, (store) => gather(store.readStream(SEALS)))).to.deep.equal([])
  })
})

describe('a log that is not the one that was sealed', () => {
  it('costs those their certainty who have events behind the last seal that agrees; all else goes on', async () => {
    const { directory, first, second } = await twiceSealed()
    alterTimes(directory, second, 0)
    loseTree(directory)
    const service = await startService(directory, EVERY_SECOND)
    await service.ready()
    const now = await untilSeals(service, 'contradicted')
    expect(now['status']).to.equal('ready')
    const uncertain = await eventually('unknown', async () => {
      const status = await service.kyc(second)
      return status.status === 'unknown' ? status : null
    })
    expect(uncertain.anomalies.map(({ kind }) => kind)).to.deep.equal(['not-as-sealed'])
    expect(await service.kyc(first)).to.include({ status: 'validated', verified: true })
    // What is asked of the log itself, and what comes from now on.
    expect(await service.json(`/users/${second}/kyc?asOf=2100-01-01T00:00:00Z`)).to.include({ status: 'unknown' })
    await expectProblem(await service.get(`/users/${second}/kyc/history`), 503, 'not-as-sealed')
    const newcomer = newUser()
    await service.deliver(validation(newcomer))
    expect(await service.kyc(newcomer)).to.include({ status: 'unknown' })
    expect((await service.events(second)).length).to.equal(2)
    expect(await (await service.get('/metrics')).text()).to.include('kyc_seals_state{state="contradicted"} 1')
    await service.says('the first 6 events of the log are not those that were sealed')
    await service.kill()
    const written = await readingLog(directory, (store) => gather(store.readStream(SEALS)))
    expect(written).to.have.length(3)

    // Nor is it believed at the next start, not for a moment.
    const again = await serveHere(directory, EVERY_SECOND)
    const seen = new Set<string>()
    await eventually('the log is looked at', async () => {
      const answer = await again.get(`/users/${second}/kyc`)
      if (answer.status === 200) seen.add(((await answer.json()) as { readonly status: string }).status)
      return (await readinessOf(again))['seals'] === 'contradicted' ? true : null
    })
    expect(await again.kyc(second)).to.include({ status: 'unknown' })
    expect([...seen.add('unknown')]).to.deep.equal(['unknown'])
    await again.stop()
  })

  it('is found where an old event was taken out while no service ran, though tree and read model were kept', async () => {
    const { directory, first, second } = await twiceSealed()
    const db = new Database(join(directory, 'events.db'))
    db.exec('DROP TRIGGER events_are_never_deleted')
    db.prepare('DELETE FROM events WHERE stream = ? AND revision = 1').run(`kyc-${first}`)
    db.close()
    const service = await readyHere(directory, AT_THE_END)
    await untilSeals(service, 'contradicted')
    // What was folded of him is more than the log shows: nobody is handed the rest as if it were all.
    await expectProblem(await service.get(`/users/${first}/kyc/history`), 503)
    expect((await service.get(`/users/${first}/evidence`)).status).to.be.greaterThan(399)
    await eventually('unknown', async () => ((await service.kyc(second)).status === 'unknown' ? true : null))
    await service.stop()
  })

  it('is not believed of a user whose event was altered behind a seal while the service ran', async () => {
    const { directory, first, second } = await twiceSealed()
    const service = await readyHere(directory, AT_THE_END)
    await untilSeals(service, 'sealing')
    alterTimes(directory, second, 1)
    const then = '/kyc?asOf=2100-01-01T00:00:00Z'
    expect(await service.json(`/users/${second}${then}`)).to.include({ status: 'unknown', verified: false })
    expect(await service.json(`/users/${first}${then}`)).to.include({ status: 'validated' })
    await service.stop()
  })

  it('is found where the read model is made anew: so is the tree then', async () => {
    const { directory, first, second } = await twiceSealed()
    alterTimes(directory, second, 0)
    for (const lost of ['', '-wal', '-shm']) rmSync(join(directory, `read-model.db${lost}`), { force: true })
    const service = await readyHere(directory, AT_THE_END)
    await untilSeals(service, 'contradicted')
    await eventually('unknown', async () => ((await service.kyc(second)).status === 'unknown' ? true : null))
    // Whoever lost his last event is answered out of this log as if it had never been: so nobody is certain.
    await eventually('unknown', async () => ((await service.kyc(first)).status === 'unknown' ? true : null))
    await service.stop()
    // Not by the look through a tree that was kept, which takes as long as the log is large.
    expect(service.stdout()).to.not.include('the log is not the one any more that it was made from')
  })

  it('is believed again once it is restored, or once somebody has accepted it', async () => {
    const { directory, second } = await twiceSealed()
    const file = join(directory, 'events.db')
    const untouched = textsOf(file, `kyc-${second}`)[0]?.metadata ?? ''
    const contradicted = async (): Promise<void> => {
      alterTimes(directory, second, 0)
      loseTree(directory)
      const service = await readyHere(directory, AT_THE_END)
      await untilSeals(service, 'contradicted')
      await service.stop()
    }
    const believed = (service: OwnService): Promise<unknown> =>
      eventually('validated', async () => ((await service.kyc(second)).status === 'validated' ? true : null))

    await contradicted()
    alterEvent(file, `kyc-${second}`, 0, { metadata: untouched })
    loseTree(directory)
    const restored = await readyHere(directory, AT_THE_END)
    await untilSeals(restored, 'sealing')
    await believed(restored)
    await restored.stop()

    await contradicted()
    const accepting = await readyHere(directory, AT_THE_END, { acceptLostEvents: true })
    await untilSeals(accepting, 'sealing')
    await believed(accepting)
    await accepting.stop()
    const identity = await readingLog(directory, readIdentity)
    expect(identity).to.include({ losses: 1 })
    const [last] = await readingLog(directory, (store) =>
      gather(store.readStream(SEALS, { direction: 'backwards', limit: 1 })),
    )
    const seal = last === undefined ? null : readSeal(last)
    expect(seal?._tag === 'Checkpoint' ? seal.note : '').to.match(new RegExp(`^${identity?.logId}/0.1\n`))
  })

  it('is found though the seals were taken out of it as well, and is accepted in the same way', async () => {
    const { directory, second } = await twiceSealed()
    alterTimes(directory, second, 0)
    const db = new Database(join(directory, 'events.db'))
    db.exec('DROP TRIGGER IF EXISTS events_are_never_deleted')
    db.prepare('DELETE FROM events WHERE stream = ?').run(SEALS)
    db.close()
    for (const lost of ['', '-wal', '-shm']) rmSync(join(directory, `read-model.db${lost}`), { force: true })
    const service = await readyHere(directory, EVERY_SECOND)
    await untilSeals(service, 'contradicted')
    await eventually('unknown', async () => ((await service.kyc(second)).status === 'unknown' ? true : null))
    await service.says(/the first 6 events of the log are not those that were sealed, as the checkpoint/)
    await service.stop()
    const accepting = await readyHere(directory, EVERY_SECOND, { acceptLostEvents: true })
    await untilSeals(accepting, 'sealing')
    await eventually('validated', async () => ((await accepting.kyc(second)).status === 'validated' ? true : null))
    await accepting.stop()
  })

  it('is not replayed without a word', async () => {
    const { directory, second } = await twiceSealed()
    alterTimes(directory, second, 0)
    const refused = await kycHere(directory, ['replay'])
    expect(refused.code).to.equal(1)
    expect(refused.stderr).to.include('the log is not the one that was sealed')
    expect(refused.stderr).to.include('the first 4 are')
    expect((await kycHere(directory, ['replay', '--accept-lost-events'])).code).to.equal(0)
  })
})

describe('a log that ends before its last checkpoint', () => {
  it('is refused, with what is missing and what to do, though nothing but the checkpoint remembers', async () => {
    const { directory, first, second } = await twiceSealed()
    cutFrom(directory, `kyc-${second}`)
    for (const lost of ['read-model.db', 'read-model.db-wal', 'read-model.db-shm'])
      rmSync(join(directory, lost), { force: true })
    const reason = await refusedWith(directory)
    expect(reason).to.include('holds 4 events, and 6 were sealed')
    expect(reason).to.include('at least 2 are missing at its end')
    expect(reason).to.include('--accept-lost-events')
    loseTree(directory)
    expect(await refusedHere(directory, AT_THE_END)).to.equal(reason)

    const service = await readyHere(directory, AT_THE_END, { acceptLostEvents: true })
    expect(await service.kyc(first)).to.include({ status: 'validated' })
    await expectProblem(await service.get(`/users/${second}/kyc`), 404, 'unknown-user')
    await service.stop()
    await (await readyHere(directory, AT_THE_END)).stop()
    expect(await readingLog(directory, readIdentity)).to.include({ losses: 1 })
  })

  it('is the one that it belongs to, where all else of the directory is lost', async () => {
    const { directory } = await twiceSealed()
    const other = newDirectory()
    await (await readyHere(other, AT_THE_END)).stop()
    for (const lost of ['read-model.db', 'journal.db']) rmSync(join(directory, lost))
    writeFileSync(join(directory, 'events.db'), readFileSync(join(other, 'events.db')))
    expect(await refusedHere(directory, AT_THE_END)).to.include('but')
  })
})
