import { expect } from 'chai'
import { STATUSES } from '../../../../domain/answer/status.ts'
import { mark } from '../../../../src/http/page/html/marks.ts'

describe('the mark of a status', () => {
  it('is a word, and a shape that no other has: nobody needs its colour', () => {
    const told = [...STATUSES, 'erased' as const]
    const shapes = told.map((status) => {
      const [, shape = '', word = ''] = /<svg[^>]*>(.+)<\/svg>([^<]*)</.exec(mark(status).toString()) ?? []
      expect(word.trim()).to.equal(status)
      expect(shape).to.not.match(/(?:fill|stroke)="(?!none|currentColor)[^"]*"/)
      return shape
    })
    expect(new Set(shapes).size).to.equal(told.length)
  })
})
