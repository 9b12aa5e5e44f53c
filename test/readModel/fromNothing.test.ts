import { join } from 'node:path'
import { expect } from 'chai'
import { pino } from 'pino'
import { openSqliteEventStore } from '../../src/eventStore/sqlite/sqliteEventStore.ts'
import { openReadModel } from '../../src/readModel/readModel.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { right } from '../support/right.ts'
import { IDENTITY } from '../support/tree/trees.ts'

const SILENT = pino({ level: 'silent' })
const NO_HEARING = { replaced: () => undefined, heard: () => undefined }

describe('a read model', () => {
  it('begins with nothing once: what stands already may know more than the log shows by now', async () => {
    const directory = newDirectory()
    const file = join(directory, 'events.db')
    const store = right(await openSqliteEventStore({ file })())
    const event = { eventId: '00000000-0000-4000-8000-000000000001', type: 'x', data: '{}', metadata: '{}' }
    await store.append('kyc-unattributed', 'no-stream', [event])()
    const position = (await store.lastEvent())?.position ?? ''
    const open = async () => {
      const model = openReadModel({ kind: 'sqlite', file }, IDENTITY, directory, SILENT, NO_HEARING)
      expect(await model.reached(position, 60_000)).to.equal(true)
      const isFromNothing = model.isFromNothing()
      await model.stop()
      return isFromNothing
    }
    try {
      expect(await open()).to.equal(true)
      expect(await open()).to.equal(false)
    } finally {
      await store.close()
    }
  })
})
