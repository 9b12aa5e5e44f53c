import { statfsSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import * as E from 'fp-ts/lib/Either.js'
import { readConfig } from '../../src/config/config.ts'
import { lookAtStart } from '../../src/doctor/atStart.ts'
import { lookAtBackups } from '../../src/doctor/backups.ts'
import { lookAtClock } from '../../src/doctor/clock.ts'
import { lookAtDisk } from '../../src/doctor/disk.ts'
import type { Finding } from '../../src/doctor/finding.ts'
import { type Patient, patientOf } from '../../src/doctor/patient.ts'
import { lookAtSecretFiles, lookAtSecrets } from '../../src/doctor/secrets.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { readyHere } from '../support/service/service.ts'
import { newUser, request, SECRET, signed } from '../support/webhooks/webhookBuilders.ts'

const DAY_MS = 86_400_000
const MIB = 2 ** 20

const told = (findings: readonly Finding[]): string =>
  findings.map(({ verdict, of, says }) => `${verdict}, ${of}: ${says}`).join('\n')

describe('what the doctor makes of time and room', () => {
  const directory = newDirectory()
  const patient = (sinceNowMs = 0, env: Readonly<Record<string, string>> = {}): Patient => {
    const environment = { DATA_DIR: directory, TREEZOR_WEBHOOK_SECRET: SECRET, ...env }
    const config = readConfig(environment)
    if (E.isLeft(config)) throw new Error(config.left.join())
    return patientOf(config.right, environment, Date.now() + sinceNowMs)
  }
  before(async () => {
    const service = await readyHere(directory, { TREEZOR_WEBHOOK_SECRET: SECRET })
    expect((await service.post(signed(request(newUser())))).status).to.equal(200)
    await service.stop()
  })

  it('is that a clock more than a minute behind the newest event is a fault', async () => {
    expect(told(await lookAtClock(patient()))).to.match(/^ok, clock/)
    expect(told(await lookAtClock(patient(-90_000)))).to.match(/^fault, clock: it is \d+ s behind the newest event/)
  })

  it('is that somebody has to look where no webhook came for a week, and where a secret is a year old', async () => {
    expect(told(await lookAtSecrets(patient(6 * DAY_MS)))).to.match(/^ok, secrets/)
    expect(told(await lookAtSecrets(patient(8 * DAY_MS)))).to.match(/^warning, secrets: no webhook was appended since/)
    const file = join(newDirectory(), 'secrets')
    writeFileSync(file, `${SECRET}\n`, { mode: 0o600 })
    const env = { TREEZOR_WEBHOOK_SECRET: '', TREEZOR_WEBHOOK_SECRET_FILE: file }
    expect(told(lookAtSecretFiles(patient(0, env)))).to.match(/^ok, secrets: TREEZOR_WEBHOOK_SECRET_FILE was last/)
    const yearAgo = (Date.now() - 366 * DAY_MS) / 1000
    utimesSync(file, yearAgo, yearAgo)
    expect(told(lookAtSecretFiles(patient(0, env)))).to.match(/^warning, secrets: TREEZOR_WEBHOOK_SECRET_FILE was last/)
  })

  it('is that a backup of the schedule may be missing twice, not more, that the last try counts, and that there must be room', async () => {
    const [backups, now] = [newDirectory(), Date.now() / 1000]
    const env = { BACKUP_EVERY: 'P1D', BACKUP_DIR: backups }
    const keep = (madeAt: number, isGood: boolean): void => {
      const good = { madeAt, verifiedAt: madeAt, events: 1, bytes: 1 }
      const text = JSON.stringify({ last: { at: now, seconds: 1, isGood }, good })
      writeFileSync(join(directory, 'backups.json'), text, { mode: 0o600 })
    }
    keep(now - 2 * 86_400, true)
    expect(told(lookAtBackups(patient(0, env)))).to.match(/^ok, backup/)
    keep(now - 3 * 86_400, true)
    expect(told(lookAtBackups(patient(0, env)))).to.match(
      /^fault, backup: the last good one is of .*: make another one$/,
    )
    expect(told(await lookAtStart(patient(0, env)))).to.match(/^fault, backup: the last good one is of/m)
    keep(now, false)
    expect(told(lookAtBackups(patient(0, env)))).to.match(/^fault, backup: the try at .* came to nothing/m)
    keep(now, true)
    expect(told(lookAtBackups(patient(0, { ...env, BACKUP_DIR: join(backups, 'away') })))).to.match(
      /^fault, backup: BACKUP_DIR .* is not there: mount it$/m,
    )
    const { bavail, bsize } = statfsSync(backups)
    const log = join(newDirectory(), 'events.db')
    writeFileSync(log, '')
    truncateSync(log, (bavail * bsize) / 2 + 512 * MIB)
    expect(told(lookAtBackups(patient(0, { ...env, EVENT_STORE: `sqlite:${log}` })))).to.match(
      /^warning, backup: BACKUP_DIR .* left, less than the .* that the next one takes: make room$/m,
    )
  })

  it('is that a disk lasts for so long at the pace of the last week: three days are a fault, thirty a warning', async function () {
    // No file system takes a file of any length.
    if (statfsSync(directory).bavail * statfsSync(directory).bsize > 4e12) return this.skip()
    const log = join(newDirectory(), 'events.db')
    const db = new Database(log)
    db.exec('CREATE TABLE events (position INTEGER PRIMARY KEY, metadata TEXT NOT NULL)')
    const insert = db.prepare('INSERT INTO events VALUES (?, ?)')
    // One in a hundred is older than a week.
    for (let position = 1; position <= 100; position += 1) {
      const recordedAt = new Date(Date.now() - (position === 1 ? 8 * DAY_MS : 60_000)).toISOString()
      insert.run(position, JSON.stringify({ recordedAt }))
    }
    db.close()
    const { bavail, bsize } = statfsSync(directory)
    for (const [days, verdict] of [
      [2, 'fault'],
      [20, 'warning'],
    ] as const) {
      // A file with nothing in it takes no room.
      truncateSync(log, Math.ceil((bavail * bsize * 7) / days / bsize) * bsize)
      expect(told(await lookAtDisk(patient(0, { EVENT_STORE: `sqlite:${log}` })))).to.match(
        new RegExp(`^${verdict}, disk: .* left, enough for \\d+ days at the pace of the last week: make room`, 'm'),
      )
    }
  })
})
