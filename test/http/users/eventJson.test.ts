import { expect } from 'chai'
import { eventJson } from '../../../src/http/users/eventJson.ts'

const event = {
  eventId: '00000000-0000-4000-8000-000000000001',
  type: 'user.kycreview',
  stream: 'kyc-42',
  revision: 0,
  position: '0000000000000001',
  metadata: '{"format":3}',
  data: '{"a":1}',
}

describe('an event in a line', () => {
  it('keeps the bytes of texts that hold line breaks', () => {
    const broken = { ...event, data: '{\r\n  "a": 1\n}' }
    const line = eventJson(broken, false, true).replaceAll(/[\r\n]+/g, ' ')
    expect(JSON.parse(line)).to.deep.include({
      data: { a: 1 },
      exact: { metadata: broken.metadata, data: broken.data },
    })
  })

  it('repeats no other, and an event in a page nothing', () => {
    expect(JSON.parse(eventJson(event, false, true))).to.not.have.property('exact')
    expect(JSON.parse(eventJson({ ...event, data: '{\n}' }, false))).to.not.have.property('exact')
  })
})
