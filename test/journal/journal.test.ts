import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { fromMilliseconds } from '../../domain/instant.ts'
import {
  JOURNAL_BODY_BYTES,
  JOURNAL_ROWS,
  type Journal,
  type JournalEntry,
  openJournal,
  readJournal,
} from '../../src/journal/journal.ts'
import { left, right } from '../support/right.ts'
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporaryDirectory.ts'

const RECEIVED = fromMilliseconds(Date.parse('2026-03-01T12:34:56.789Z'))

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

  it('keeps a delivery as it was received, bytes that are no text included', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte)
    right(await journal.keep(entry(bytes, { contentType: null, reason: 'signature' })))
    expect(readJournal(file, 10)).to.deep.equal([
      {
        id: 1,
        receivedAt: '2026-03-01T12:34:56.789000Z',
        reason: 'signature',
        contentType: null,
        size: 256,
        body: Buffer.from(bytes),
      },
    ])
  })

  it('is read newest first, as many as are asked for, while it is being written', async () => {
    for (const body of ['a', 'b', 'c']) right(await journal.keep(entry(body)))
    expect(readJournal(file, 2).map(({ body }) => body.toString())).to.deep.equal(['c', 'b'])
    right(await journal.keep(entry('d')))
    expect(readJournal(file, 10).map(({ body }) => body.toString())).to.deep.equal(['d', 'c', 'b', 'a'])
  })

  it('keeps the first 64 KiB of a body and how long it was', async () => {
    const body = Buffer.concat([Buffer.alloc(JOURNAL_BODY_BYTES, 'a'), Buffer.alloc(1000, 'b')])
    right(await journal.keep(entry(body)))
    right(await journal.keep(entry(body.subarray(0, JOURNAL_BODY_BYTES))))
    right(await journal.keep(entry('')))
    expect(JOURNAL_BODY_BYTES).to.equal(65_536)
    const rows = readJournal(file, 10)
    expect(rows.map(({ size }) => size)).to.deep.equal([0, 65_536, 66_536])
    expect(rows.map((row) => row.body.length)).to.deep.equal([0, 65_536, 65_536])
    expect(rows[2]?.body.equals(Buffer.alloc(JOURNAL_BODY_BYTES, 'a'))).to.equal(true)
  })

  it('does not hold on to the memory that the body came in', async () => {
    const body = Buffer.from('as received')
    const keeping = journal.keep(entry(body))
    body.fill('x')
    right(await keeping)
    expect(readJournal(file, 1)[0]?.body.toString()).to.equal('as received')
  })

  it('keeps the newest ten thousand', async () => {
    expect(JOURNAL_ROWS).to.equal(10_000)
    const extra = 123
    for (let from = 0; from < JOURNAL_ROWS + extra; from += 500) {
      const numbers = Array.from({ length: Math.min(500, JOURNAL_ROWS + extra - from) }, (_, i) => from + i)
      for (const kept of await Promise.all(numbers.map((i) => journal.keep(entry(String(i)))))) right(kept)
    }
    const rows = readJournal(file, 20_000)
    expect(rows).to.have.length(JOURNAL_ROWS)
    expect(rows[0]?.body.toString()).to.equal(String(JOURNAL_ROWS + extra - 1))
    expect(rows.at(-1)?.body.toString()).to.equal(String(extra))
  })

  it('is there again after it was closed, and goes on counting', async () => {
    right(await journal.keep(entry('before')))
    await journal.close()
    journal = await openJournal(file)
    right(await journal.keep(entry('after')))
    expect(readJournal(file, 10).map(({ id, body }) => [id, body.toString()])).to.deep.equal([
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
    expect(readJournal(file, 1000)).to.have.length(100)
  })
})
