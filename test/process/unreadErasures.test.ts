import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { ERASURES } from '../../src/ledger/streams.ts'
import { writingLog } from '../support/logs/logs.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { right } from '../support/right.ts'
import { spawnService } from '../support/service/serviceProcess.ts'

describe('a log that says of erasures what this release does not know', () => {
  it('is not served: the start ends, and says which event and what to do', async () => {
    const directory = newDirectory()
    await writingLog(directory, async (store) => {
      const event = { eventId: randomUUID(), type: 'kyc-ledger.erasure-new', data: '{}', metadata: '{}' }
      right(await store.append(ERASURES, 'no-stream', [event])())
    })
    const child = spawnService(directory)
    expect(await child.exited, child.stdout()).to.deep.equal({ code: 1, signal: null })
    expect(child.stdout()).to.include(
      'kyc-erasures, revision 0, cannot be read: a newer release wrote it: start that one',
    )
  })
})
