import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import { diceOf } from '../fuzz/dice.ts'
import { installed } from '../support/installed.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { ENVIRONMENT } from '../support/service/environment.ts'
import { Disk } from './disk.ts'
import { type Fault, faultyDisk } from './shim.ts'
import { readTrace } from './trace.ts'

const compiler = installed('cc', 'gcc', 'no disk fails under an overwriting')
const PROCESS = fileURLToPath(new URL('gapsProcess.ts', import.meta.url))

/** In the gap of a page, which lies before its rows. */
const MARK = 'what was moved away'.repeat(40)
const AT = 4096 + 2000

/** A database with something in the gap of its second page, overwritten while calls fail: what the process said, and what is on the disk. */
const overwritten = (...faults: readonly Fault[]) => {
  const place = newDirectory()
  const [directory, before] = [join(place, 'data'), join(place, 'before')]
  mkdirSync(directory)
  const file = join(directory, 'some.db')
  const db = new Database(file)
  db.exec("CREATE TABLE t (text TEXT); INSERT INTO t VALUES ('a row')")
  db.close()
  const bytes = readFileSync(file)
  bytes.write(MARK, AT)
  writeFileSync(file, bytes)
  cpSync(directory, before, { recursive: true })
  const disk = faultyDisk(compiler ?? '', directory, place)
  disk.fail(...faults)
  const said = execFileSync(process.execPath, [PROCESS, file], { env: { ...ENVIRONMENT, ...disk.env } }).toString()
  const found = new Disk(before, diceOf(1))
  for (const call of readTrace(disk.trace)) found.tell(call)
  const image = join(place, 'image')
  mkdirSync(image)
  found.writeImage(image, null)
  return { said, onDisk: readFileSync(join(image, 'some.db')) }
}

const expectGone = (onDisk: Buffer): void => {
  expect(onDisk.subarray(AT, AT + MARK.length).equals(Buffer.alloc(MARK.length))).to.equal(true)
}

;(compiler === null ? describe.skip : describe)('an overwriting of what lies between rows', () => {
  it('is whole where the system writes less than it is given', () => {
    expectGone(overwritten('part some.db short 0 -1').onDisk)
  })

  it('is on the disk once it is done, also where a sync has failed before', () => {
    const { said, onDisk } = overwritten('sync some.db EIO 0 1')
    expect(said).to.equal('EIO\n')
    expectGone(onDisk)
  })
})
