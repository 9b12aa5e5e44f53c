import { closeSync, openSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import { overwriteGaps } from '../../src/sqlite/overwriteGaps.ts'
import { newDirectory } from '../support/newDirectory.ts'

const PAGE = 4096
const LEAF_OF_TABLE = 13
/** What is looked through in a step. */
const AT_ONCE_BYTES = 8 * 1024 * 1024
/** Of a page with one row of 3,000 bytes nothing of it lies here. */
const [FROM, TO] = [200, 300] as const

/** On how many pages there was something, in how many steps, and how many bytes of buffers more there are. */
const overwriteAll = (file: string) => {
  const fd = openSync(file, 'r+')
  const before = process.memoryUsage().arrayBuffers
  let [overwritten, steps] = [0, 0]
  for (let first: number | null = 1; first !== null; steps += 1) {
    const step = overwriteGaps(fd, first)
    overwritten += step.pages
    first = step.next
  }
  closeSync(fd)
  return { overwritten, steps, left: process.memoryUsage().arrayBuffers - before }
}

describe('an overwriting of what lies between the rows of a large database', () => {
  it('reaches each page, and leaves nothing to be collected of what it has read', () => {
    const file = join(newDirectory(), 'large.db')
    const db = new Database(file)
    db.exec(`CREATE TABLE t (row BLOB);
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) INSERT INTO t SELECT randomblob(3000) FROM n`)
    db.close()
    overwriteAll(file)
    const bytes = readFileSync(file)
    const pages = Array.from({ length: bytes.length / PAGE }, (_, index) => index * PAGE)
    const leaves = pages.slice(1).filter((at) => bytes[at] === LEAF_OF_TABLE)
    for (const at of leaves) bytes.fill(1, at + FROM, at + TO)
    writeFileSync(file, bytes)

    const { overwritten, steps, left } = overwriteAll(file)

    expect(steps).to.be.greaterThan(1)
    expect(leaves.length).to.be.at.least(5000)
    expect(overwritten).to.equal(leaves.length)
    for (const at of leaves) bytes.fill(0, at + FROM, at + TO)
    expect(readFileSync(file).equals(bytes)).to.equal(true)
    expect(left).to.be.lessThan(1024 * 1024)
  })

  it('is refused where a page is not what its page of pointers says, and then writes nothing', () => {
    const file = join(newDirectory(), 'damaged.db')
    const db = new Database(file)
    db.exec('PRAGMA auto_vacuum = INCREMENTAL; CREATE TABLE t (row BLOB); INSERT INTO t VALUES (zeroblob(3 * 4096))')
    db.close()
    const whole = readFileSync(file)
    // The table, and the first page of the rest of its row: pointers to them stand on the second page.
    const [table, rest] = [2 * PAGE, 3 * PAGE] as const
    const [ofTable, ofRest] = [PAGE, PAGE + 5] as const
    expect([whole[table], whole[ofTable], whole[rest], whole[ofRest]]).to.deep.equal([LEAF_OF_TABLE, 1, 0, 3])
    const MOVED = 'of a row that was moved'
    whole.write(MOVED, table + FROM)
    const damages: readonly (readonly [at: number, ...bytes: readonly number[]])[] = [
      [ofTable, 0],
      [ofTable, 3],
      [ofRest, 5],
      [table, 0],
      [rest, LEAF_OF_TABLE, 0, 0, 0, 0, PAGE >> 8, 0],
    ]
    for (const [at, ...damage] of damages) {
      const bytes = Buffer.from(whole)
      bytes.set(damage, at)
      writeFileSync(file, bytes)
      expect(() => overwriteAll(file), `${at}`).to.throw(/^page [34] .* it is damaged$/)
      expect(readFileSync(file).equals(bytes), `${at}`).to.equal(true)
    }
    writeFileSync(file, whole)
    expect(overwriteAll(file).overwritten).to.equal(1)
    expect(readFileSync(file).includes(MOVED)).to.equal(false)
  })

  it('leaves what a long row goes on with, which may look like anything in a huge file', () => {
    const [page, many] = [512, 0x0200_0000] as const
    const file = join(newDirectory(), 'long.db')
    const db = new Database(file)
    db.exec(`PRAGMA page_size = ${page}; PRAGMA auto_vacuum = INCREMENTAL; CREATE TABLE t (row BLOB)`)
    const insert = db.prepare('INSERT INTO t VALUES (?)')
    db.exec('BEGIN')
    for (let n = 0; n < 300; n += 1) insert.run(Buffer.alloc(3 * page, 7))
    db.exec('COMMIT')
    db.close()
    const step = (): number => {
      truncateSync(file, many * page)
      const fd = openSync(file, 'r+')
      const { pages } = overwriteGaps(fd, 1)
      closeSync(fd)
      truncateSync(file, bytes.length)
      return pages
    }
    const bytes = readFileSync(file)
    step()
    readFileSync(file).copy(bytes)
    const pages = Array.from({ length: bytes.length / page }, (_, index) => index * page)
    const rest = pages.filter((at) => bytes.subarray(at + 4, at + 100).every((byte) => byte === 7))
    expect(rest.length).to.be.at.least(600)
    // As the number of the next page might read, and what follows on it: a page without rows.
    for (const at of rest) bytes.set([LEAF_OF_TABLE, 0, 0, 0, 0, page >> 8, 0], at)
    writeFileSync(file, bytes)
    expect(step()).to.equal(0)
    expect(readFileSync(file).equals(bytes)).to.equal(true)
  })

  it('goes in steps, and is refused of so many pages that those of a row cannot be told from others, where nothing else tells them', () => {
    const [page, many] = [512, 0x0200_0000] as const
    const file = join(newDirectory(), 'huge.db')
    const firstStep = (pages: number, vacuum: string) => {
      rmSync(file, { force: true })
      const db = new Database(file)
      db.exec(`PRAGMA page_size = ${page}; PRAGMA auto_vacuum = ${vacuum}; CREATE TABLE t (row BLOB)`)
      db.close()
      truncateSync(file, pages * page)
      const fd = openSync(file, 'r+')
      try {
        return overwriteGaps(fd, 1).next
      } finally {
        closeSync(fd)
      }
    }
    expect(firstStep(many - 1, 'NONE')).to.equal(AT_ONCE_BYTES / page + 1)
    expect(firstStep(AT_ONCE_BYTES / page + 1, 'NONE')).to.equal(AT_ONCE_BYTES / page + 1)
    expect(firstStep(AT_ONCE_BYTES / page, 'NONE')).to.equal(null)
    expect(firstStep(many, 'INCREMENTAL')).to.be.greaterThan(1)
    expect(() => firstStep(many, 'NONE')).to.throw('copy it into a new one')
  })
})
