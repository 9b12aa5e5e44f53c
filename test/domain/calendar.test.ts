import { expect } from 'chai'
import { parseDate } from '../../domain/calendar.ts'

describe('a date', () => {
  it('is kept where it names a day', () => {
    for (const date of ['2020-02-25', '2024-02-29', '9999-12-31']) expect(parseDate(date)).to.equal(date)
  })

  it('is none where it is zero, partial, impossible or something else', () => {
    const none = [
      '',
      '0000-00-00',
      '1989-00-00',
      '1989-05-00',
      '2023-02-29',
      '2024-13-01',
      '2024-6-1',
      '25-02-2020',
      '2020-02-25T00:00:00Z',
    ]
    for (const date of none) expect(parseDate(date), date).to.equal(null)
  })
})
