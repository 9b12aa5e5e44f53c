import { expect } from 'chai'
import { kinds, shownTime, stateOf } from '../../support/histories/folded.ts'
import { day, document } from '../../support/webhooks/plainWebhooks.ts'

describe('documents', () => {
  it('are kept one by one, each in the state last said of it, since it is in it', () => {
    const state = stateOf(
      document('801', 'PENDING', day(1), { codeStatus: '600003' }),
      document('802', 'PENDING', day(2)),
      document('801', 'PENDING', day(3), { codeStatus: '600009' }),
      document('802', 'VALIDATED', day(4)),
      document('802', 'VALIDATED', day(5), { codeStatus: '600001' }),
      document('802', 'CANCELED', day(6), { codeStatus: '600004' }),
    )
    expect(
      state.documents.map(({ documentId, state: says, codeStatus, since }) => [
        documentId,
        says,
        codeStatus,
        shownTime(since),
      ]),
    ).to.deep.equal([
      ['801', 'pending', '600009', day(1)],
      ['802', 'canceled', '600004', day(6)],
    ])
    expect(kinds(state)).to.deep.equal([])
  })

  it('of one webhook are all heard', () => {
    const both = {
      ...document('801', 'PENDING', day(1)),
      object_payload: {
        documents: [
          { documentId: '801', userId: '42', documentStatus: 'CANCELED' },
          { documentId: 802, userId: 42, documentStatus: 'VALIDATED' },
          { documentId: '803', userId: '43', documentStatus: 'VALIDATED' },
        ],
      },
    }
    const { documents } = stateOf(both)
    expect(documents.map(({ documentId, state: says }) => `${documentId} ${says}`)).to.have.members([
      '801 canceled',
      '802 validated',
    ])
  })
})
