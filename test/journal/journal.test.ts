import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import type { UserId } from '../../domain/identifiers.ts'
import { format, fromMilliseconds, type Instant } from '../../domain/instant.ts'
import { JOURNAL_BODY_BYTES, JOURNAL_REASONS, type JournalEntry, type JournalReason } from '../../src/journal/entry.ts'
import { type Journal, openJournal } from '../../src/journal/journal.ts'
import { readDelivery, readJournal } from '../../src/journal/rows.ts'
import { JOURNAL_BOUNDS } from '../../src/journal/shares.ts'
import { eventually } from '../support/patience.ts'
import { left, right } from '../support/right.ts'
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporaryDirectory.ts'

const at = (text: string): Instant => fromMilliseconds(Date.parse(text))
const RECEIVED = at('2026-03-01T12:34:56.789Z')
const LATER = at('2026-03-01T12:40:00Z')

const entry = (body: string | Uint8Array, fields: Partial<JournalEntry> = {}): JournalEntry => ({
  receivedAt: RECEIVED,
  reason: 'not-json',
  contentType: 'text/plain',
  body: typeof body === 'string' ? Buffer.from(body) : body,
  ...fields,
})

describe('the journal of refused deliveries', () => {
  let directory: TemporaryDirectory
  let file: string
  let journal: Journal
  beforeEach(async () => {
    directory = await temporaryDirectory()
    file = join(directory.path, 'journal.db')
    journal = await openJournal(file)
  })
  afterEach(async () => {
    await journal.close()
    await directory.remove()
  })

  const rows = (limit = 20_000) => readJournal(file, { limit })
  const bodies = (reason?: JournalReason) =>
    readJournal(file, { limit: 20_000, ...(reason === undefined ? {} : { reason }) }).map(({ body }) => body.toString())
  const reopen = async (rowsHeld: number, bytes: number): Promise<void> => {
    await journal.close()
    journal = await openJournal(file, { rows: rowsHeld, bytes })
  }
  /** Keeps all of them, as many at a time as may wait. */
  const keepAll = async (entries: readonly JournalEntry[]): Promise<void> => {
    for (let from = 0; from < entries.length; from += 400) {
      for (const kept of await Promise.all(entries.slice(from, from + 400).map((one) => journal.keep(one)))) right(kept)
    }
  }

  it('keeps a delivery as it was received, bytes that are no text included', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte)
    expect(right(await journal.keep(entry(bytes, { contentType: null, reason: 'signature' })))).to.deep.equal({
      id: 1,
      times: 1,
    })
    expect(rows()).to.deep.equal([
      {
        id: 1,
        receivedAt: '2026-03-01T12:34:56.789000Z',
        lastReceivedAt: '2026-03-01T12:34:56.789000Z',
        times: 1,
        reason: 'signature',
        contentType: null,
        contentEncoding: null,
        size: 256,
        doneAs: null,
        doneAt: null,
        body: Buffer.from(bytes),
      },
    ])
    expect(readDelivery(file, 1)).to.deep.equal(rows()[0])
    expect(readDelivery(file, 2)).to.equal(null)
  })

  it('is read newest first, in pages, while it is being written', async () => {
    for (const body of ['a', 'b', 'c']) right(await journal.keep(entry(body)))
    expect(rows(2).map(({ body }) => body.toString())).to.deep.equal(['c', 'b'])
    right(await journal.keep(entry('d')))
    expect(bodies()).to.deep.equal(['d', 'c', 'b', 'a'])
    expect(readJournal(file, { limit: 2, before: 3 }).map(({ body }) => body.toString())).to.deep.equal(['b', 'a'])
  })

  it('gives those of one reason, from a time on, and that are not done', async () => {
    right(await journal.keep(entry('old', { reason: 'signature' })))
    right(await journal.keep(entry('new', { reason: 'signature', receivedAt: LATER })))
    right(await journal.keep(entry('other', { receivedAt: LATER })))
    await journal.done(2, 'appended', LATER)
    expect(bodies('signature')).to.deep.equal(['new', 'old'])
    const since = readJournal(file, { limit: 10, since: format(LATER) })
    expect(since.map(({ id }) => id)).to.deep.equal([3, 2])
    expect(readJournal(file, { limit: 10, open: true }).map(({ id }) => id)).to.deep.equal([3, 1])
    expect(readDelivery(file, 2)).to.include({ doneAs: 'appended', doneAt: format(LATER) })
  })

  it('keeps the first 64 KiB of a body and how long it was', async () => {
    const body = Buffer.concat([Buffer.alloc(JOURNAL_BODY_BYTES, 'a'), Buffer.alloc(1000, 'b')])
    right(await journal.keep(entry(body)))
    right(await journal.keep(entry(body.subarray(0, JOURNAL_BODY_BYTES))))
    right(await journal.keep(entry('')))
    right(await journal.keep(entry('begun', { reason: 'too-large' }), { size: 2_000_000, contentEncoding: 'gzip' }))
    expect(JOURNAL_BODY_BYTES).to.equal(65_536)
    expect(rows().map(({ size }) => size)).to.deep.equal([2_000_000, 0, 65_536, 66_536])
    expect(rows().map((row) => row.body.length)).to.deep.equal([5, 0, 65_536, 65_536])
    expect(rows().map(({ contentEncoding }) => contentEncoding)).to.deep.equal(['gzip', null, null, null])
    expect(rows()[3]?.body.equals(Buffer.alloc(JOURNAL_BODY_BYTES, 'a'))).to.equal(true)
  })

  it('does not hold on to the memory that the body came in', async () => {
    const body = Buffer.from('as received')
    const keeping = journal.keep(entry(body))
    body.fill('x')
    right(await keeping)
    expect(bodies()).to.deep.equal(['as received'])
  })

  it('makes one row of equal bodies, with their number, the first and the last time, and the latest reason', async () => {
    right(await journal.keep(entry('same', { reason: 'signature' })))
    right(await journal.keep(entry('else')))
    const again = await journal.keep(entry('same', { reason: 'store-refused', receivedAt: LATER }))
    expect(right(again)).to.deep.equal({ id: 1, times: 2 })
    expect(readDelivery(file, 1)).to.include({
      times: 2,
      receivedAt: format(RECEIVED),
      lastReceivedAt: format(LATER),
      reason: 'store-refused',
    })
    expect(rows()).to.have.length(2)
  })

  it('begins anew with a body that was done: what comes then was not received before', async () => {
    right(await journal.keep(entry('same')))
    await journal.done(1, 'appended', RECEIVED)
    right(await journal.keep(entry('same', { receivedAt: LATER })))
    expect(readDelivery(file, 1)).to.include({ times: 2, receivedAt: format(LATER), doneAs: null, doneAt: null })
  })

  it('finds the very same body, whole, and says when it first came', async () => {
    const large = Buffer.alloc(JOURNAL_BODY_BYTES + 1, 'a')
    right(await journal.keep(entry('same')))
    right(await journal.keep(entry('same', { receivedAt: LATER })))
    right(await journal.keep(entry(large)))
    right(await journal.keep(entry('begun'), { size: 99, contentEncoding: null }))
    expect(journal.find(Buffer.from('same'))).to.deep.equal({ id: 1, receivedAt: RECEIVED, done: false })
    await journal.done(1, 'duplicate', LATER)
    expect(journal.find(Buffer.from('same'))).to.deep.equal({ id: 1, receivedAt: RECEIVED, done: true })
    for (const body of ['Same', 'sam', '', 'begun']) expect(journal.find(Buffer.from(body)), body).to.equal(null)
    expect(journal.find(large)).to.equal(null)
    expect(journal.find(large.subarray(1))).to.equal(null)
    await reopen(100, 100_000)
    expect(journal.find(Buffer.from('same'))).to.deep.equal({ id: 1, receivedAt: RECEIVED, done: true })
  })

  it('does not count what was submitted again and is refused again, and notes why', async () => {
    right(await journal.keep(entry('same', { reason: 'signature' })))
    expect(right(await journal.stillKept(1, 'echo-limit'))).to.deep.equal({ id: 1, times: 1 })
    expect(rows()).to.have.length(1)
    expect(rows()[0]).to.include({ reason: 'echo-limit', times: 1, lastReceivedAt: format(RECEIVED) })
    left(await journal.stillKept(7, 'signature'))
  })

  it('is there again after it was closed, and goes on counting', async () => {
    right(await journal.keep(entry('before')))
    await reopen(100, 100_000)
    right(await journal.keep(entry('after')))
    expect(rows().map(({ id, body }) => [id, body.toString()])).to.deep.equal([
      [2, 'after'],
      [1, 'before'],
    ])
  })

  it('finishes what it was given when it is closed, and takes nothing after', async () => {
    const keeping = Array.from({ length: 100 }, (_, i) => journal.keep(entry(String(i))))
    await journal.close()
    for (const kept of await Promise.all(keeping)) right(kept)
    left(await journal.keep(entry('too late')))
    expect(existsSync(`${file}-wal`)).to.equal(false)
    expect(rows()).to.have.length(100)
  })

  describe('forgets what speaks of a user', () => {
    const USER = '7654321' as UserId
    const SECRET = 'Vendredi.Crusoe@example.org'
    const inFiles = (): readonly string[] =>
      readdirSync(directory.path).filter((name) => readFileSync(join(directory.path, name)).includes(SECRET))

    it('wherever his id stands alone in a body, readable or not, packed or escaped, as JSON or as a form does; and nothing else goes', async () => {
      const speaking = [
        `{"object_payload":{"users":[{"userId":${USER},"email":"${SECRET}"}]}}`,
        `{"userId":"${USER}"}`,
        `no json at all: ${USER} ${SECRET}`,
        '{"userId":"\\u00376\\u0035432\\u0031"}',
        `payload=${encodeURIComponent(`{"userId":${USER},"email":"${SECRET}"}`)}`,
        gzipSync(`{"userId":${USER},"x":"${'y'.repeat(1000)}"}`),
        gzipSync(`{"userId":${USER},"x":"${randomBytes(5000).toString('hex')}"}`).subarray(0, 2000),
        brotliCompressSync(`[1,${USER}]`),
      ]
      const silent = [
        '{"userId":76543210}',
        '{"userId":17654321}',
        '{"reference":"A7654321"}',
        '{"amount":7654321.50}',
        '{"when":"7654321-01-02"}',
        '{"userId":1}',
      ]
      const packing = (body: string | Uint8Array): string | null =>
        typeof body === 'string' ? null : body[0] === 0x1f ? 'gzip' : 'br'
      for (const body of [...speaking, ...silent]) {
        const one = entry(body)
        right(await journal.keep(one, { size: one.body.byteLength, contentEncoding: packing(body) }))
      }
      expect(right(await journal.forget(['5', USER] as UserId[]))).to.equal(speaking.length)
      expect(bodies()).to.deep.equal(silent.toReversed())
      expect(right(await journal.forget([USER]))).to.equal(0)
    })

    it('or one of which that is known by then', async () => {
      await keepAll([entry(`{"userId":${USER},"email":"${SECRET}"}`), entry('{"userId":1}')])
      const [of1, of2] = bodies()
      const held = journal.find(entry(of2 ?? '').body)
      await journal.letGo(held?.id ?? -1)
      expect(bodies()).to.deep.equal([of1])
      await eventually('no file holds it', () => (inFiles().length === 0 ? true : null))
    })

    it('and no file holds it any more, nor what went by its age or to make room', async () => {
      const of = (user: number): JournalEntry =>
        entry(`{"userId":${user},"n":"${`${SECRET} `.repeat((user * 37) % 900)}"}`, { receivedAt: LATER })
      for (const one of [1, 2]) {
        await keepAll(Array.from({ length: 300 }, (_, user) => of(one * 1000 + user)))
        for (const some of [0, 1, 2]) {
          const users = Array.from({ length: 100 }, (_, user) => String(one * 1000 + 3 * user + some) as UserId)
          right(await journal.forget(users))
        }
        expect(bodies()).to.deep.equal([])
        expect(inFiles()).to.deep.equal([])
      }
      await reopen(100, 1024 * 1024)
      await keepAll(Array.from({ length: 300 }, (_, user) => of(user)))
      expect(inFiles()).not.to.deep.equal([])
      await journal.expire(at('2026-03-01T12:50:00Z'))
      expect(inFiles()).to.deep.equal([])
    })
  })

  describe('is bounded', () => {
    it('by ten thousand deliveries and 64 MiB of bodies', () => {
      expect(JOURNAL_BOUNDS).to.deep.equal({ rows: 10_000, bytes: 64 * 1024 * 1024 })
    })

    it('by a number of deliveries, of which the newest stay', async () => {
      await reopen(1000, 1_000_000)
      await keepAll(Array.from({ length: 1234 }, (_, i) => entry(String(i))))
      expect(rows().length).to.be.within(980, 1000)
      expect(bodies()).to.deep.equal(Array.from({ length: rows().length }, (_, i) => String(1233 - i)))
    })

    it('by the size of their bodies, which is given back to the disk when they go', async () => {
      const bytes = 4 * 1024 * 1024
      await reopen(10_000, bytes)
      const flood = Array.from({ length: 200 }, (_, i) => entry(Buffer.alloc(JOURNAL_BODY_BYTES, `${i},`)))
      await keepAll(flood)
      const held = rows().reduce((sum, { body }) => sum + body.length, 0)
      expect(held).to.be.within(0.9 * bytes, bytes)
      await journal.expire(at('2026-03-02T00:00:00Z'))
      expect(rows()).to.deep.equal([])
      await journal.close()
      expect(statSync(file).size).to.be.lessThan(100_000)
      journal = await openJournal(file)
    })

    it('in the file, too: a flood of large bodies leaves it within a quarter of the bound', async () => {
      const bytes = 4 * 1024 * 1024
      await reopen(10_000, bytes)
      for (let round = 0; round < 5; round++) {
        await keepAll(Array.from({ length: 80 }, (_, i) => entry(Buffer.alloc(JOURNAL_BODY_BYTES, `${round} ${i},`))))
      }
      await journal.close()
      expect(statSync(file).size).to.be.lessThan(1.25 * bytes)
      journal = await openJournal(file)
    })

    it('by what comes from where most of a day comes from: nobody else’s goes for it', async () => {
      await reopen(1000, 1_000_000)
      const provider = Array.from({ length: 300 }, (_, i) => entry(`provider ${i}`, { source: 'provider' }))
      await keepAll(provider)
      await keepAll(Array.from({ length: 3000 }, (_, i) => entry(`flood ${i}`, { source: 'flood' })))
      expect(bodies().filter((body) => body.startsWith('provider'))).to.have.length(300)
      expect(bodies()[0]).to.equal('flood 2999')
    })

    it('by the oldest of a day, where it comes from everywhere', async () => {
      await reopen(1000, 1_000_000)
      await keepAll(Array.from({ length: 300 }, (_, i) => entry(`provider ${i}`, { source: 'provider' })))
      await keepAll(Array.from({ length: 900 }, (_, i) => entry(`flood ${i}`, { source: `flood ${i}` })))
      expect(bodies().filter((body) => body.startsWith('provider')).length).to.be.within(80, 100)
    })

    it('takes what an earlier release, which knows no source, has left and leaves again', async () => {
      right(await journal.keep(entry('now', { source: 'here' })))
      await journal.close()
      const db = new Database(file)
      db.exec('ALTER TABLE deliveries DROP COLUMN source')
      db.close()
      journal = await openJournal(file)
      right(await journal.keep(entry('later', { source: 'here' })))
      expect(bodies()).to.deep.equal(['later', 'now'])
    })

    it('by days: what last came before a time goes', async () => {
      right(await journal.keep(entry('old')))
      right(await journal.keep(entry('came again')))
      right(await journal.keep(entry('came again', { receivedAt: LATER })))
      right(await journal.keep(entry('new', { receivedAt: LATER })))
      await journal.expire(LATER)
      expect(bodies()).to.deep.equal(['new', 'came again'])
    })

    for (const [name, flood] of [
      ['one-byte bodies', (i: number) => String(i)],
      ['bodies of 4 KiB', (i: number) => Buffer.alloc(4096, `${i},`)],
    ] as const) {
      it(`with a share for each reason: a flood of ${name} for one takes nothing from another`, async () => {
        await reopen(1000, 1_000_000)
        for (const flooded of JOURNAL_REASONS) {
          const others = JOURNAL_REASONS.filter((reason) => reason !== flooded)
          await keepAll(others.map((reason) => entry(`the one ${reason} before ${flooded}`, { reason })))
          await keepAll(Array.from({ length: 1500 }, (_, i) => entry(flood(i), { reason: flooded })))
          for (const reason of others) expect(bodies(reason)).to.include(`the one ${reason} before ${flooded}`)
          await journal.expire(at('2027-01-01T00:00:00Z'))
        }
      })
    }

    it('with a room for each day: what came on the days before a flood of the same reason stays', async () => {
      await reopen(100, 1_000_000)
      const day = (n: number) => at(`2026-03-${String(n).padStart(2, '0')}T12:00:00Z`)
      const genuine = Array.from({ length: 9 }, (_, i) => `genuine ${i}`)
      await keepAll(genuine.map((body, i) => entry(body, { reason: 'signature', receivedAt: day(i + 1) })))
      const forged = (i: number) => entry(`forged ${i}`, { reason: 'signature', receivedAt: day(10) })
      await keepAll(Array.from({ length: 2000 }, (_, i) => forged(i)))
      expect(bodies('signature')).to.include.members(genuine)
      expect(bodies('signature')).to.include('forged 1999')
    })

    it('letting go first of what is done', async () => {
      await reopen(100, 1_000_000)
      await keepAll(Array.from({ length: 100 }, (_, i) => entry(String(i))))
      for (let id = 91; id <= 100; id++) await journal.done(id, 'ignored', LATER)
      await keepAll(Array.from({ length: 10 }, (_, i) => entry(`more ${i}`)))
      expect(rows().map(({ doneAs }) => doneAs)).to.not.include('ignored')
      expect(bodies()).to.include('0')
    })
  })

  describe('tells of itself', () => {
    it('how many deliveries of each reason wait, are done, how large they are, and how old', async () => {
      expect(journal.figures()).to.deep.equal({ reasons: [], oldestOpen: null })
      right(await journal.keep(entry('12345', { reason: 'signature' })))
      right(await journal.keep(entry('123', { reason: 'signature', receivedAt: LATER })))
      right(await journal.keep(entry('1', { reason: 'not-json', receivedAt: LATER })))
      await journal.done(1, 'appended', LATER)
      expect(journal.figures()).to.deep.equal({
        reasons: [
          { reason: 'not-json', open: 1, done: 0, bytes: 1 },
          { reason: 'signature', open: 1, done: 1, bytes: 8 },
        ],
        oldestOpen: format(LATER),
      })
    })
  })

  describe('of an earlier release', () => {
    /** What the release before this form made, with as many rows. */
    const writeOld = (deliveries: readonly string[]): void => {
      const db = new Database(file)
      db.pragma('journal_mode = WAL')
      db.exec(`CREATE TABLE IF NOT EXISTS journal (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        received_at TEXT NOT NULL,
        reason TEXT NOT NULL,
        content_type TEXT,
        size INTEGER NOT NULL,
        body BLOB NOT NULL
      ) STRICT`)
      const insert = db.prepare(
        'INSERT INTO journal (received_at, reason, content_type, size, body) VALUES (?, ?, ?, ?, ?)',
      )
      for (const [index, body] of deliveries.entries()) {
        insert.run(format((RECEIVED + index) as Instant), 'signature', 'text/plain', body.length, Buffer.from(body))
      }
      db.close()
    }
    const anew = async (deliveries: readonly string[]): Promise<void> => {
      await journal.close()
      await directory.remove()
      directory = await temporaryDirectory()
      file = join(directory.path, 'journal.db')
      writeOld(deliveries)
    }

    it('is taken over with its ids, equal bodies as one, and kept within the bounds from then on', async () => {
      await anew(['one', 'two', 'one', 'three'])
      expect(() => rows()).to.throw('an earlier release has written this journal')
      journal = await openJournal(file, { rows: 3, bytes: 1000 })
      expect(rows().map(({ id, body, times }) => [id, body.toString(), times])).to.deep.equal([
        [4, 'three', 1],
        [2, 'two', 1],
        [1, 'one', 2],
      ])
      expect(readDelivery(file, 1)).to.include({
        receivedAt: format(RECEIVED),
        lastReceivedAt: format((RECEIVED + 2) as Instant),
      })
      expect(right(await journal.keep(entry('four', { receivedAt: LATER })))).to.deep.equal({ id: 5, times: 1 })
      expect(rows()).to.have.length(3)
    })

    it('gives back to the disk what it was too large', async () => {
      await anew(Array.from({ length: 300 }, (_, i) => String(i).padEnd(JOURNAL_BODY_BYTES, 'x')))
      expect(statSync(file).size).to.be.greaterThan(15_000_000)
      journal = await openJournal(file, { rows: 10_000, bytes: 2_000_000 })
      await journal.close()
      expect(statSync(file).size).to.be.lessThan(2_500_000)
      journal = await openJournal(file)
    })

    it('is taken over once more when the service was set back to that release for a while', async () => {
      right(await journal.keep(entry('new')))
      await journal.close()
      writeOld(['old', 'new'])
      journal = await openJournal(file)
      expect(rows().map(({ id, body, times }) => [id, body.toString(), times])).to.deep.equal([
        [2, 'old', 1],
        [1, 'new', 2],
      ])
    })

    it('or of a newer one is not opened', async () => {
      await journal.close()
      const db = new Database(file)
      db.pragma('user_version = 99')
      db.close()
      const opened = await openJournal(file).then(
        () => 'opened',
        (error: Error) => error.message,
      )
      expect(opened).to.include(file).and.to.include('newer release')
      const back = new Database(file)
      back.pragma('user_version = 1')
      back.close()
      journal = await openJournal(file)
    })
  })
})
