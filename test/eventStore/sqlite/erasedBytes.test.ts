import { copyFileSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import type { EventStore } from '../../../src/eventStore/eventStore.ts'
import { openSqliteEventStore } from '../../../src/eventStore/sqlite/sqliteEventStore.ts'
import { newEvent } from '../../support/events/newEvents.ts'
import { gather } from '../../support/gather.ts'
import { right } from '../../support/right.ts'
import { type TemporaryDirectory, temporaryDirectory } from '../../support/temporaryDirectory.ts'

const ROUNDS = Number(process.env['ERASED_BYTES_ROUNDS'] ?? 2)
const USERS = 60

/** What a user's events hold of the person. */
const personOf = (user: number): readonly string[] => [`Vendredi-${user}-Crusoe`, `robinson.${user}@example.org`]

/** A text of about so many bytes that speaks of the person all over. */
const textOf = (user: number, bytes: number): string =>
  JSON.stringify(`${personOf(user).join(' ')} `.repeat(1 + Math.floor(bytes / 40)))

describe('the bytes of what was erased', () => {
  let directory: TemporaryDirectory
  let file: string
  let store: EventStore

  const open = async (): Promise<EventStore> => right(await openSqliteEventStore({ file })())
  /** The users of whom a file holds something, by file. */
  const spokenOf = (users: Iterable<number>): readonly string[] =>
    readdirSync(directory.path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .flatMap(({ parentPath, name }) => {
        const bytes = readFileSync(join(parentPath, name))
        return [...users]
          .filter((user) => personOf(user).some((word) => bytes.includes(word)))
          .map((user) => `${name}: ${user}`)
      })
  const whole = (): unknown => {
    const db = new Database(file, { readonly: true })
    const found = db.pragma('integrity_check', { simple: true })
    db.close()
    return found
  }

  beforeEach(async () => {
    directory = await temporaryDirectory()
    await mkdir(join(directory.path, 'data'))
    file = join(directory.path, 'data', 'events.db')
  })
  afterEach(async () => {
    await store.close()
    await directory.remove()
  })

  const history = fc.array(
    fc.record({ user: fc.nat(USERS - 1), bytes: fc.oneof(fc.nat(400), fc.nat(9_000), fc.nat(120_000)) }),
    { minLength: 300, maxLength: 600, size: 'max' },
  )

  it('stand in no file once they are purged, whatever their sizes and the order in which they go', async () => {
    const steps = fc.tuple(
      history,
      fc.shuffledSubarray([...Array(USERS).keys()], { minLength: 20, maxLength: 55 }),
      history,
    )
    await fc.assert(
      fc.asyncProperty(steps, fc.boolean(), async ([before, leaving, after], isOld) => {
        await directory.remove()
        directory = await temporaryDirectory()
        await mkdir(join(directory.path, 'data'))
        file = join(directory.path, 'data', 'events.db')
        if (isOld) copyFileSync(new URL('../../fixtures/logs/format-3/events.db', import.meta.url), file)
        store = await open()
        const heads = new Map<number, number>()
        const append = async (user: number, bytes: number): Promise<void> => {
          const event = newEvent({ data: textOf(user, bytes), metadata: textOf(user, bytes % 300) })
          const head = heads.get(user)
          const appended = await store.append(`kyc-${user}-x`, head ?? 'no-stream', [event])()
          if (E.isRight(appended)) heads.set(user, appended.right.revision)
        }
        const erase = async (user: number): Promise<void> =>
          void right(await store.erase(`kyc-${user}-x`, heads.get(user) ?? 'no-stream')())
        for (const { user, bytes } of before) await append(user, bytes)
        const half = leaving.slice(0, leaving.length / 2)
        await Promise.all(half.map(erase))
        for (const { user, bytes } of after) await append(user, bytes)
        for (const user of leaving) await erase(user)

        const staying = [...heads.keys()].filter((user) => !leaving.includes(user))
        const reads = Promise.all(staying.map((user) => gather(store.readStream(`kyc-${user}-x`))))
        const purging = store.purge()
        const late = append(staying[0] ?? 0, 5_000)
        expect(await purging).to.deep.equal({ files: 'gone', told: [] })
        await Promise.all([reads, late])
        expect(spokenOf(leaving)).to.deep.equal([])
        expect(spokenOf(staying.slice(0, 1))).not.to.deep.equal([])
        expect(whole()).to.equal('ok')
        for (const user of staying) {
          const events = await gather(store.readStream(`kyc-${user}-x`))
          expect(events.map(({ revision }) => revision)).to.deep.equal([...Array((heads.get(user) ?? -1) + 1).keys()])
          expect(events.every(({ data }) => personOf(user).every((word) => data.includes(word)))).to.equal(true)
        }
        await store.close()
        expect(spokenOf(leaving)).to.deep.equal([])
      }),
      { numRuns: ROUNDS, endOnFailure: true },
    )
  })

  it('go with the space that they took, while the log is appended to', async () => {
    store = await open()
    for (let user = 0; user < USERS; user += 1) {
      right(await store.append(`kyc-${user}-x`, 'no-stream', [newEvent({ data: textOf(user, 100_000) })])())
    }
    await store.purge()
    const before = statSync(file).size
    await Promise.all([...Array(USERS - 2).keys()].map((user) => store.erase(`kyc-${user}-x`, 0)()))
    await store.purge()
    expect(statSync(file).size).to.be.lessThan(before / 10)
    expect(statSync(`${file}-wal`).size).to.equal(0)
    right(await store.append('kyc-later', 'no-stream', [newEvent()])())
    expect(store.health()).to.equal('up')
  })

  it('wait for a reader that holds the write-ahead log', async () => {
    store = await open()
    right(await store.append('kyc-1-x', 'no-stream', [newEvent({ data: textOf(1, 10_000) })])())
    const reader = new Database(file, { readonly: true })
    reader.exec('BEGIN')
    reader.prepare('SELECT count(*) FROM events').get()
    right(await store.erase('kyc-1-x', 0)())
    let isPurged = false
    const purging = store.purge().then(() => {
      isPurged = true
    })
    await sleep(400)
    expect(isPurged).to.equal(false)
    expect(spokenOf([1])).not.to.deep.equal([])
    right(await store.append('kyc-2-x', 'no-stream', [newEvent()])())
    reader.exec('COMMIT')
    reader.close()
    await purging
    expect(existsSync(file)).to.equal(true)
    expect(spokenOf([1])).to.deep.equal([])
  })
})
