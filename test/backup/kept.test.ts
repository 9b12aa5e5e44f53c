import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { makeBackup } from '../../src/backup/backup.ts'
import { keptBackups, nameOf, removeLeft, removeOld } from '../../src/backup/kept/kept.ts'
import { prepareLog } from '../support/logs/preparedLog.ts'
import { newDirectory } from '../support/newDirectory.ts'

const LOG = '8dd69b5a-e34d-4ba2-ad27-57dcbd8ba84e'

const backupOf = async (now: string): Promise<string> => {
  const [directory, to] = [newDirectory(), join(newDirectory(), 'one')]
  await prepareLog(directory, 2, 1)
  makeBackup({ log: join(directory, 'events.db'), journal: null, dataDir: null, to, now })
  return to
}

describe('what the schedule keeps', () => {
  it('is nothing that only is called so: without a manifest that says so it is somebody’s, and stays', async () => {
    const [directory, elsewhere] = [newDirectory(), newDirectory()]
    const name = (hour: number): string => nameOf(LOG, `2026-03-01T0${hour}:00:00.000Z`)
    mkdirSync(join(directory, name(1)))
    writeFileSync(join(directory, name(1), 'events.db'), 'mine')
    mkdirSync(join(directory, name(2)))
    writeFileSync(join(directory, name(2), 'backup.json'), '{}')
    symlinkSync(elsewhere, join(directory, name(3)))
    writeFileSync(join(directory, `${name(4)}.unfinished`), 'no directory')
    // A whole one, of another log and of another time than its name says.
    cpSync(await backupOf(`2026-03-01T05:00:00.000Z`), join(directory, name(6)), { recursive: true })
    const before = readdirSync(directory)
    expect(keptBackups(directory, LOG)).to.deep.equal([])
    removeLeft(directory, LOG)
    expect(removeOld(directory, LOG, 1)).to.equal(0)
    expect(readdirSync(directory)).to.deep.equal(before)
  })
})
