import { expect } from 'chai'
import { eventIdOf } from '../../src/ledger/eventId.ts'

/** Worked out with `uuid.uuid5` of Python 3. */
const BY_PYTHON: Readonly<Record<string, string>> = {
  '["kyc","00",{"id":"a"},"1"]': 'ec62a69e-c920-5597-a7a5-518704c06afd',
  é: 'b1a2b12b-5cba-5f15-9052-263dc07ef1bb',
  '': '8c84dba6-6067-5459-8d1a-5c282f6cf08b',
}

describe('an event id', () => {
  it('is the UUID version 5 of the name: it never changes from one release to the next', () => {
    for (const [name, id] of Object.entries(BY_PYTHON)) expect(eventIdOf(name)).to.equal(id)
  })
})
