import { renameSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import { checkFiles, type FileCheck, filesOf } from '../../src/sqlite/fileCheck.ts'
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporaryDirectory.ts'

describe('the check of the files of a database', () => {
  let directory: TemporaryDirectory
  let file: string
  let db: Database.Database
  let check: FileCheck
  beforeEach(async () => {
    directory = await temporaryDirectory()
    file = join(directory.path, 'checked.db')
    db = new Database(file)
    db.pragma('journal_mode = WAL')
    db.exec('CREATE TABLE notes (text TEXT)')
    check = checkFiles(db, file, filesOf(file), 'notebook')
  })
  afterEach(async () => {
    db.close()
    await directory.remove()
  })

  const insert = 'INSERT INTO notes VALUES (?)'
  const write = (commits: number): void => {
    const text = 'x'.repeat(10_000)
    for (let i = 0; i < commits; i++) {
      check.before()
      db.prepare(insert).run(text)
      check.committed()
    }
  }
  const wal = (): number => statSync(`${file}-wal`).size

  it('finds nothing wrong with a write-ahead log that SQLite itself has cut', () => {
    db.pragma('journal_size_limit = 20000')
    write(50)
    const longest = wal()
    db.pragma('wal_checkpoint(RESTART)')
    write(1)
    expect(wal()).to.be.lessThan(longest)
    write(10)
  })

  it('finds nothing wrong when another process has emptied it into the database', () => {
    write(50)
    const other = new Database(file)
    other.pragma('wal_checkpoint(TRUNCATE)')
    other.close()
    expect(wal()).to.equal(0)
    write(10)
  })

  for (const suffix of ['', '-wal']) {
    it(`tells that checked.db${suffix} was cut, and goes on telling so`, () => {
      write(50)
      db.pragma('wal_checkpoint(PASSIVE)')
      write(5)
      truncateSync(file + suffix, 5000)
      for (let i = 0; i < 3; i++) expect(() => check.before()).to.throw('the file of the notebook was cut')
    })

    it(`tells that checked.db${suffix} is gone, until it is back`, () => {
      write(2)
      renameSync(file + suffix, `${file}.aside`)
      expect(() => check.before()).to.throw('the file of the notebook was removed or replaced')
      renameSync(`${file}.aside`, file + suffix)
      write(2)
    })
  }
})
