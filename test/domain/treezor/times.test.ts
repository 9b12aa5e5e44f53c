import { expect } from 'chai'
import { unreadableTimes } from '../../../domain/treezor/times.ts'

const KYC = { lastRequestDatetime: '2024-06-27T07:15:00Z', lastReviewDatetime: '', nextReviewDate: '2029-02-25' }

describe('the times of a payload', () => {
  it('that cannot be read are named, and no others', () => {
    expect(unreadableTimes('kyc', KYC)).to.deep.equal([])
    expect(unreadableTimes('kyc', { ...KYC, nextReviewDate: '2029-02-30' })).to.deep.equal([
      'object_payload.nextReviewDate',
    ])
    expect(unreadableTimes('kyc', { ...KYC, lastRequestDatetime: 1, lastReviewDatetime: {} })).to.deep.equal([
      'object_payload.lastRequestDatetime',
      'object_payload.lastReviewDatetime',
    ])
  })

  it('are those of each document, by its place in the list', () => {
    const documents = [{ modifiedDate: '2024-06-27 09:16:24' }, null, { modifiedDate: '2024-06-27T09:16:24Z' }]
    expect(unreadableTimes('document', { documents })).to.deep.equal(['object_payload.documents[2].modifiedDate'])
    expect(unreadableTimes('document', { documents: 'none' })).to.deep.equal([])
    expect(unreadableTimes('user', { documents })).to.deep.equal([])
  })
})
