import { expect } from 'chai'
import * as E from 'fp-ts/lib/Either.js'
import { readBackupSchedule } from '../../src/config/backupSchedule.ts'

const read = (typed: Partial<Parameters<typeof readBackupSchedule>[0]>, isEmbedded = true) =>
  readBackupSchedule({ every: 'P1D', directory: '/backup', keep: '', ...typed }, { dataDir: '/data', isEmbedded })

describe('the schedule of backups', () => {
  it('is none unless it is said how often', () => {
    expect(read({ every: '' })).to.deep.equal(E.right(null))
  })

  it('is a period of days, hours, minutes and seconds', () => {
    for (const [every, everySeconds] of [
      ['P1D', 86_400],
      ['PT6H', 21_600],
      ['P1DT12H', 129_600],
      ['PT90M', 5400],
      ['PT2S', 2],
      ['P31D', 2_678_400],
    ] as const) {
      expect(read({ every }), every).to.deep.equal(E.right({ everySeconds, directory: '/backup', keep: 7 }))
    }
    for (const every of [
      '1d',
      'P',
      'PT',
      'P1DT',
      'P0D',
      'PT0S',
      'P32D',
      'P1M',
      'P1W',
      '-P1D',
      'PT1.5H',
      'P1D ',
      '86400',
    ]) {
      expect(E.isLeft(read({ every })), every).to.equal(true)
    }
  })

  it('names all that is wrong with it', () => {
    const faults = read({ every: 'daily', directory: '', keep: '0' }, false)
    expect(E.isLeft(faults) ? faults.left.map((fault) => fault.split(':')[0]) : []).to.deep.equal([
      'BACKUP_EVERY',
      'BACKUP_EVERY',
      'BACKUP_DIR',
      'BACKUP_KEEP',
    ])
  })

  it('does not put backups where they are lost with what they are of', () => {
    for (const directory of ['/data', '/data/', '/data/backups', '/backup/../data/x']) {
      expect(E.isLeft(read({ directory })), directory).to.equal(true)
    }
    for (const directory of ['/data-backup', '/', '/backup'])
      expect(E.isRight(read({ directory })), directory).to.equal(true)
  })
})
