import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect } from 'chai'
import { appendTo, openStore } from '../../bench/preparedLog.ts'
import { REMOVED_AT_ONCE } from '../../src/eventStore/sqlite/remove.ts'
import { eventsBetween } from '../edges/prepared.ts'
import { asked, completed, KEYS, requestAndConfirm } from '../support/erasures/erasing.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { eventually } from '../support/patience.ts'
import { kycHere } from '../support/service/kycHere.ts'
import { readyHere, startService } from '../support/service/service.ts'

const USER = 77
const STREAM = `kyc-${USER}`
/** They go in five parts. */
const EVENTS = 4 * REMOVED_AT_ONCE + 500

describe('the erasure of a long stream', () => {
  it('goes on after a kill -9 between its parts, of which nothing is ever told', async () => {
    const directory = newDirectory()
    const file = join(directory, 'events.db')
    const store = await openStore(file)
    await appendTo(store, STREAM, 'no-stream', await eventsBetween(USER, 0, EVENTS))
    await store.close()
    const reader = () => new Database(file, { readonly: true })
    const said = (db: Database.Database) =>
      db.prepare<[], { readonly before: number | null }>(`SELECT before FROM removed WHERE stream = '${STREAM}'`).get()
        ?.before
    const held = (db: Database.Database) =>
      db.prepare<[], number>(`SELECT count(*) FROM events WHERE stream = '${STREAM}'`).pluck().get()

    const dying = await startService(directory, KEYS)
    await dying.ready()
    const erasure = await requestAndConfirm(dying, String(USER), { authority: 'a court' })
    const looking = reader()
    await eventually('something of it is gone', () => (said(looking) === undefined ? null : true))
    const told = await asked(dying, 'shop', `/users/${USER}/kyc`).then(({ status }) => status)
    await dying.kill()
    console.log(`killed with ${held(looking)} of ${EVENTS} events, the first of them at ${said(looking)}`)
    looking.close()
    expect(told).to.equal(410)

    const verified = await kycHere(directory, ['verify'], { SEAL_EVERY: '1' })
    expect(verified.code, verified.stdout + verified.stderr).to.equal(0)
    const service = await readyHere(directory, KEYS)
    expect((await asked(service, 'shop', `/users/${USER}/kyc`)).status).to.equal(410)
    expect((await asked(service, 'auditor', `/users/${USER}/events`)).status).to.equal(410)
    expect(await completed(service, String(USER), erasure)).to.include({ events: EVENTS })
    await service.stop()
    const after = reader()
    expect([said(after), held(after)]).to.deep.equal([null, 0])
    after.close()
    expect((await kycHere(directory, ['verify'], { SEAL_EVERY: '1' })).code).to.equal(0)
  })
})
