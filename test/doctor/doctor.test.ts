import { chmodSync, copyFileSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { EventStoreDBClient, jsonEvent, NO_STREAM } from '@eventstore/db-client'
import { expect } from 'chai'
import { type EventStoreDb, startEventStoreDb } from '../support/eventStoreDb/eventStoreDb.ts'
import { newDirectory } from '../support/newDirectory.ts'
import type { Done } from '../support/service/kyc.ts'
import { kycHere } from '../support/service/kycHere.ts'

const LOG = new URL('../fixtures/logs/format-1/events.db', import.meta.url)

/** The lines of a verdict, each as `what: sentence`. */
const told = ({ stdout }: Done, verdict: 'ok' | 'warning' | 'fault'): readonly string[] =>
  stdout
    .split('\n')
    .filter((line) => line.startsWith(`${verdict} `))
    .map((line) => line.slice(verdict.length).trim().replace(/ {2,}/, ': '))

describe('the doctor', () => {
  const WELL = { TREEZOR_WEBHOOK_SECRET: 'x'.repeat(40), API_KEYS: `shop:kyc:read:${'0'.repeat(64)}` }

  describe('of an embedded log', () => {
    const withLog = (): { readonly directory: string; readonly file: string } => {
      const directory = join(newDirectory(), 'data')
      mkdirSync(directory, { mode: 0o700 })
      const file = join(directory, 'events.db')
      copyFileSync(LOG, file)
      chmodSync(file, 0o600)
      return { directory, file }
    }
    const examined = ({ directory, file }: ReturnType<typeof withLog>, env = {}): Promise<Done> =>
      kycHere(directory, ['doctor'], { EVENT_STORE: `sqlite:${file}`, ...WELL, ...env })

    it('finds no fault where there is none', async () => {
      const ended = await examined(withLog())
      expect([ended.code, told(ended, 'fault')], ended.stdout).to.deep.equal([0, []])
      // It is of an earlier release, and of some time ago.
      expect(told(ended, 'warning').map((line) => line.split(':')[0])).to.deep.equal([
        'backup',
        'events.db',
        'secrets',
        'secrets',
      ])
      expect(told(ended, 'ok').join('\n')).to.match(/^events\.db: whole; schema version \d/m)
      for (const of of [
        'versions',
        'limits',
        'disk',
        'file modes',
        'journal',
        'seals',
        'webhooks out',
        'clock',
        'directory',
      ])
        expect(
          told(ended, 'ok').some((line) => line.startsWith(`${of}: `)),
          of,
        ).to.equal(true)
    })

    it('warns of files that others may read, of what a restore put aside, and of a configuration that lets everybody in', async () => {
      const log = withLog()
      chmodSync(log.file, 0o644)
      for (const suffix of ['', '-wal']) writeFileSync(`${log.file}.before-20260301T120000Z${suffix}`, '')
      const ended = await examined(log, { TREEZOR_WEBHOOK_SECRET: '' })
      expect(ended.code).to.equal(0)
      expect(told(ended, 'warning').join('\n'))
        .to.contain(`${log.file} is 0644`)
        .and.contain('events.db.before-20260301T120000Z, by a restore: nothing in there is ever erased; remove it')
        .and.contain('TREEZOR_WEBHOOK_SECRET is not set')
    })

    it('finds a log that is damaged, and one that is not there', async () => {
      const log = withLog()
      const file = openSync(log.file, 'r+')
      writeSync(file, Buffer.alloc(4096, 0xa5), 0, 4096, 8 * 4096)
      const damaged = await examined(log)
      expect(damaged.code).to.equal(1)
      expect(told(damaged, 'fault').join()).to.match(
        /^events\.db: (damaged|cannot be read): .*: restore it from a backup/,
      )

      const absent = await examined({ ...log, file: join(log.directory, 'none.db') })
      expect(absent.code).to.equal(1)
      expect(told(absent, 'fault').join()).to.contain("is EVENT_STORE the service's?")
    })
  })

  describe('of a log in EventStoreDB', () => {
    let double: EventStoreDb
    let admin: EventStoreDBClient
    beforeEach(async () => {
      double = await startEventStoreDb()
      admin = EventStoreDBClient.connectionString(double.connectionString)
    })
    afterEach(async () => {
      await admin.dispose()
      await double.stop()
    })
    const examined = (url = double.connectionString): Promise<Done> => {
      const directory = join(newDirectory(), 'data')
      mkdirSync(directory, { mode: 0o700 })
      return kycHere(directory, ['doctor'], { EVENT_STORE: url, ...WELL })
    }

    it('names the streams that lose events, by what', async () => {
      for (const stream of ['kyc-1', 'kyc-2', 'kyc-3', 'kyc-4', 'other-5']) {
        await admin.appendToStream(stream, jsonEvent({ type: 'a', data: {} }), { expectedRevision: NO_STREAM })
      }
      await admin.setStreamMetadata('kyc-1', { maxCount: 100 })
      await admin.setStreamMetadata('kyc-2', { maxAge: 3600 })
      await admin.deleteStream('kyc-3')
      await admin.setStreamMetadata('kyc-4', { maxCount: 1 })
      await admin.setStreamMetadata('kyc-4', {})
      await admin.setStreamMetadata('other-5', { maxCount: 1 })
      await admin.setStreamMetadata('kyc-unattributed', { truncateBefore: 3 })
      const ended = await examined()
      expect(ended.code, ended.stderr).to.equal(1)
      expect(told(ended, 'ok').join('\n')).to.match(/^event store: it answers, version 24\.6/m)
      expect(told(ended, 'fault')).to.deep.equal([
        'streams: 1 carry $maxCount, and lose events by it: kyc-1',
        'streams: 1 carry $maxAge, and lose events by it: kyc-2',
        'streams: 1 carry $tb, and lose events by it: kyc-3',
      ])
    })

    it('says which right is missing', async () => {
      double.rights.withdraw('write')
      const ended = await examined()
      expect(ended.code).to.equal(1)
      expect(told(ended, 'fault')).to.deep.equal([
        'rights: the user may not write the streams kyc-…: give it the role $w in $userStreamAcl',
      ])
    })

    it('says that nobody answers', async () => {
      await double.stop()
      const ended = await examined()
      expect(ended.code).to.equal(1)
      expect(told(ended, 'fault').join()).to.match(/^event store: .*ECONNREFUSED/)
      expect(ended.stderr).to.equal('')
    })
  })
})
