import { expect } from 'chai'
import * as E from 'fp-ts/lib/Either.js'
import { formatMilliseconds } from '../../domain/instant.ts'
import { instantInWords } from '../../src/words/timeInWords.ts'
import { typedTime } from '../../src/words/typedTime.ts'
import { instant } from '../support/events/storedEvents.ts'

const read = (text: string): string => {
  const typed = typedTime(text)
  return E.isLeft(typed) ? typed.left : `${formatMilliseconds(typed.right.at)}${typed.right.isDay ? ' (day)' : ''}`
}

describe('a time that a person types', () => {
  it('is a day, up to its end, in UTC', () => {
    for (const day of ['2026-03-01', ' 2026-03-01 ', '1 March 2026', '01 march  2026', '1. Mar 2026', '1 mar. 2026'])
      expect(read(day), day).to.equal('2026-03-01T23:59:59.999Z (day)')
  })

  it('is a time of a day, of UTC unless another zone stands behind it', () => {
    for (const time of [
      '2026-03-01 14:30',
      '2026-03-01T14:30:00Z',
      '2026-03-01, 14:30 UTC',
      '1 March 2026, 14:30:00 utc',
    ])
      expect(read(time), time).to.equal('2026-03-01T14:30:00.000Z')
    expect(read('2026-03-01 9:05:07.25')).to.equal('2026-03-01T09:05:07.250Z')
    for (const time of ['2026-03-01T15:30:00+01:00', '2026-03-01 15:30 +01:00', '2026-03-01T15:30:00 01:00'])
      expect(read(time), time).to.equal('2026-03-01T14:30:00.000Z')
  })

  it('is what the page itself shows', () => {
    const shown = instantInWords(instant('2026-02-20T10:26:47Z'))
    expect(read(shown)).to.equal('2026-02-20T10:26:47.000Z')
  })

  it('is not guessed at: it is said what is wrong', () => {
    for (const date of ['03/04/2026', '3.4.2026', '03-04-26']) expect(read(date), date).to.match(/^which is the month/)
    for (const text of [
      '',
      'yesterday',
      '2026-3-1',
      '2026',
      '<b>',
      '2026-03-01 14',
      '2026-03-01T14:30:00+1',
      '9'.repeat(99),
    ])
      expect(read(text), text).to.match(/^write a day as/)
    expect(read('2026-02-30')).to.equal('there is no such day')
    expect(read('29 February 2025')).to.equal('there is no such day')
    expect(read('1 Brumaire 2026')).to.equal('there is no month of this name in English')
    for (const time of ['2026-03-01 24:00', '2026-03-01 10:60', '2026-03-01 10:00:61', '2026-03-01 10:00 +99:00'])
      expect(read(time), time).to.equal('there is no such time of a day')
  })

  it('repeats nothing of what was typed', () => {
    expect(read('Maria Schmidt, 1990')).to.not.include('Maria')
  })
})
