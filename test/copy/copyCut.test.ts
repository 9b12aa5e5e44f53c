import { join } from 'node:path'
import { EventStoreDBClient } from '@eventstore/db-client'
import { expect } from 'chai'
import { statusOf } from '../../domain/answer/status.ts'
import type { UserId } from '../../domain/identifiers.ts'
import { fold } from '../../domain/state/fold.ts'
import { readEventStore } from '../../src/eventStore/eventStoreConfig.ts'
import { openEventStore } from '../../src/eventStore/openEventStore.ts'
import { readOwnEvents } from '../../src/readModel/userEvents.ts'
import { type EventStoreDb, startEventStoreDb } from '../support/eventStoreDb/eventStoreDb.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { right } from '../support/right.ts'
import { kycHere } from '../support/service/kycHere.ts'
import { readyHere } from '../support/service/service.ts'
import { newUser, refusal, request, validation } from '../support/webhooks/webhookBuilders.ts'

describe('the copy of a log of which an administrator has taken something out', () => {
  let source: EventStoreDb
  let admin: EventStoreDBClient
  before(async () => {
    source = await startEventStoreDb()
    admin = EventStoreDBClient.connectionString(source.connectionString)
  })
  after(async () => {
    await admin.dispose()
    await source.stop()
  })

  it('goes on, keeps the revisions, names the streams, and makes nobody verified', async () => {
    const [whole, cut, deleted] = [newUser(), newUser(), newUser()]
    const service = await readyHere(newDirectory(), { EVENT_STORE: source.connectionString })
    for (const user of [whole, cut, deleted]) {
      for (const webhook of [request(user), refusal(user), validation(user)]) await service.deliver(webhook)
    }
    await service.stop()
    await admin.setStreamMetadata(`kyc-${cut}`, { truncateBefore: 2 })
    await admin.deleteStream(`kyc-${deleted}`)
    source.scavenge()

    const file = join(newDirectory(), 'events.db')
    for (const copied of ['[1-9]', '0']) {
      const { code, stdout, stderr } = await kycHere(newDirectory(), [
        'copy',
        '--from',
        source.connectionString,
        '--to',
        `sqlite:${file}`,
      ])
      expect(code, stderr).to.equal(1)
      expect(stdout).to.match(new RegExp(`^${copied}\\d* events copied, \\d+ compared: the same`, 'm'))
      for (const user of [cut, deleted]) {
        expect(stderr).to.contain(`kyc-${user} is not whole: the source shows nothing of it from revision 0 to 1`)
      }
      expect(stderr).not.to.contain(`kyc-${whole} `)
    }

    const target = right(await openEventStore(right(readEventStore(`sqlite:${file}`)), { readOnly: true })())
    const status = async (user: string) => {
      const own = await readOwnEvents(target, user as UserId)
      expect(own.map(({ revision }) => revision)).to.deep.equal([0, 1, 2])
      return statusOf(fold(user as UserId, own, []))
    }
    expect(await status(whole)).to.equal('validated')
    for (const user of [cut, deleted]) expect(await status(user)).to.equal('unknown')
    await target.close()
  })
})
