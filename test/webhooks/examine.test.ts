import { expect } from 'chai'
import { examine, type Spending } from '../../src/webhooks/examine.ts'
import { sign, webhookSecret } from '../../src/webhooks/signature.ts'

const SECRET = 'examined'
const payload = `{"users":[{"userId":"1","comment":"${'/'.repeat(70_000)}"}]}`
/** Signed over its canonical form, which is another text. */
const body = Buffer.from(`{"object_payload":${payload},"object_payload_signature":"${sign(payload, SECRET)}"}`)

const verdict = async (spending: Partial<Spending>): Promise<string> =>
  (
    await examine(body, [webhookSecret(SECRET)], {
      source: 'a',
      isKnown: false,
      isWithin: () => false,
      hasOwn: () => false,
      ...spending,
    })
  )._tag

describe('what is examined', () => {
  it('is made a canonical form of whatever others have spent, but not where too much came from the same source', async () => {
    expect(await verdict({ hasOwn: () => true })).to.equal('Verified')
    expect(await verdict({})).to.equal('NotExamined')
  })
})
