import { join } from 'node:path'
import { expect } from 'chai'
import type { UnattributedRow } from '../../../projections/unattributed.ts'
import { openReadModelWriter, type ReadModelWriter } from '../../../src/readModel/database/writer.ts'
import { userId } from '../../support/events/storedEvents.ts'
import { newDirectory } from '../../support/newDirectory.ts'

const ANNA = userId('101')
const OF_NOBODY: UnattributedRow = {
  event: {
    eventId: 'e',
    revision: 7,
    name: 'document.update',
    occurredAt: '2030-01-01T00:00:00Z',
    recordedAt: '2030-01-01T00:00:00Z',
    kind: 'user-unknown',
    detail: 'nobody is named',
  },
  documents: [],
  users: [],
  adoptable: true,
}

describe('events of nobody', () => {
  for (const isStartedAnew of [false, true]) {
    /** What a read model says after an event of nobody, of itself or of who opens it next. */
    const after = (row: UnattributedRow, ask: (model: ReadModelWriter) => void): void => {
      const file = join(newDirectory(), 'read-model.db')
      const first = openReadModelWriter(file)
      first.addUnattributed(row)
      if (!isStartedAnew) ask(first)
      first.close()
      if (!isStartedAnew) return
      const next = openReadModelWriter(file)
      ask(next)
      next.close()
    }
    const when = isStartedAnew ? ', after a start' : ''

    it(`are heard by whoever has their documents${when}`, () => {
      after({ ...OF_NOBODY, documents: ['9'] }, (model) => {
        expect([model.hasOrphans('9'), model.hasOrphans('8'), model.isNamed(ANNA)]).to.deep.equal([true, false, false])
        expect([model.orphansOf(ANNA), model.unattributedWith('user-unknown')]).to.deep.equal([[], [7]])
        expect([model.addOwner('9', ANNA), model.addOwner('9', ANNA)]).to.deep.equal([true, false])
        expect([model.orphansOf(ANNA), model.unattributedWith('user-unknown')]).to.deep.equal([[7], []])
        expect(model.hearers()).to.deep.equal([ANNA])
      })
    })

    it(`are heard by whom they name${when}`, () => {
      after({ ...OF_NOBODY, users: [ANNA] }, (model) => {
        expect([model.isNamed(ANNA), model.isNamed(userId('102'))]).to.deep.equal([true, false])
        expect([model.orphansOf(ANNA), model.hearers()]).to.deep.equal([[7], [ANNA]])
      })
    })
  }
})
