import { expect } from 'chai'
import type { State } from '../../../domain/regions.ts'
import { maySay, shownName } from '../../../domain/treezor/family.ts'

/** Name, what it may say, what it may not: request and result exchanged are the nearest forgery of a name. */
const NAMES: readonly (readonly [string, State, State])[] = [
  ['kycreview.request', 'pending', 'validated'],
  ['kycreview.result', 'refused', 'pending'],
  ['user.kycrequest', 'pending', 'validated'],
  ['document.create', 'pending', 'canceled'],
  ['qes.created', 'started', 'succeeded'],
  ['videoConference.finalized', 'succeeded', 'checking'],
]

describe('a narrow name', () => {
  for (const [name, expected, odd] of NAMES) {
    it(`${name} may say ${expected}, not ${odd}; of what nobody understands it says nothing`, () => {
      expect([maySay(name, expected), maySay(name, odd), maySay(name, 'unknown')]).to.deep.equal([true, false, true])
    })
  }
})

describe('the name of a webhook', () => {
  it('is shown where it is one, and not like those of what this service writes itself', () => {
    for (const name of ['user.kycreview', 'kycreview.expired', 'kyc-ledger', 'my.kyc-ledger.observed']) {
      expect(shownName(name)).to.equal(name)
    }
    for (const name of ['kyc-ledger.observed', 'KYC-Ledger.released', 'kyc-ledger.', '<b>', '', null]) {
      expect(shownName(name), String(name)).to.equal(null)
    }
  })
})
