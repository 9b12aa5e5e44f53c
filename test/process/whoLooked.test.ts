import { join } from 'node:path'
import { expect } from 'chai'
import type { RecordedEvent } from '../../src/eventStore/recordedEvent.ts'
import { ACCESSES } from '../../src/ledger/streams.ts'
import { eventsOf, readingLog } from '../support/logs/logs.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { answered, okText } from '../support/service/answers.ts'
import type { Done } from '../support/service/kyc.ts'
import { kycHere } from '../support/service/kycHere.ts'
import { type OwnService, readyHere, serveHere } from '../support/service/service.ts'
import { newUser, request, SECRET, validation } from '../support/webhooks/webhookBuilders.ts'

const UNSEALED = { SEAL_EVERY: '0' }
const shownOf = ({ eventId, stream, revision, data, metadata }: RecordedEvent) => ({
  eventId,
  stream,
  revision,
  data,
  metadata,
})

describe('a log in which it stands who looked', () => {
  const [user, other] = [newUser(), newUser()]
  let directory: string
  let whole: readonly RecordedEvent[]

  const look = async (service: OwnService, path: string): Promise<void> => {
    await okText(await answered(() => service.get(path)))
  }
  const succeeds = ({ code, stdout, stderr }: Done): void => {
    expect(code, stdout + stderr).to.equal(0)
  }
  const accesses = async (service: OwnService): Promise<readonly number[]> =>
    (await service.json<{ events: readonly { revision: number }[] }>('/access?limit=1000')).events.map(
      ({ revision }) => revision,
    )

  // Between the events of users, and as the last of the log.
  before(async () => {
    const service = await serveHere(newDirectory(), UNSEALED)
    ;({ directory } = service)
    for (const webhook of [request(user), request(other), validation(user)]) {
      await service.deliver(webhook)
      await service.kyc(user)
      await look(service, `/users/${user}/events`)
    }
    await service.stop()
    whole = await readingLog(directory, eventsOf)
    expect(whole.map(({ stream }) => stream)).to.deep.equal([
      'kyc-log',
      'kyc-log',
      ...[user, other, user].flatMap((one) => [`kyc-${one}`, ACCESSES]),
    ])
  })

  it('is served on after a start, and each reading is the next of its stream', async () => {
    const elsewhere = newDirectory()
    succeeds(await kycHere(directory, ['backup', join(elsewhere, 'backup')]))
    const restored = newDirectory()
    succeeds(await kycHere(restored, ['restore', join(elsewhere, 'backup')]))
    const service = await readyHere(restored, UNSEALED)
    expect(await service.kyc(user)).to.include({ status: 'validated', events: 2 })
    expect(await accesses(service)).to.deep.equal([0, 1, 2, 3])
    await look(service, `/users/${other}/events`)
    expect(await accesses(service)).to.deep.equal([0, 1, 2, 3, 4, 5])
    await service.stop()
    // The last that the read model has seen is a reading: the next start finds it.
    const again = await readyHere(restored, UNSEALED)
    expect(await accesses(again)).to.have.length(7)
    await again.stop()
  })

  it('is replayed to the same read model, and goes through verify', async () => {
    succeeds(await kycHere(directory, ['replay', '--dry-run']))
    succeeds(await kycHere(directory, ['verify'], { TREEZOR_WEBHOOK_SECRET: SECRET }))
  })

  it('is copied whole, and goes on in the copy', async () => {
    const copy = newDirectory()
    const words = ['copy', '--from', `sqlite:${directory}/events.db`, '--to', `sqlite:${copy}/events.db`]
    succeeds(await kycHere(newDirectory(), words))
    const copied = (await readingLog(copy, eventsOf)).slice(0, whole.length)
    expect(copied.map(shownOf)).to.deep.equal(whole.map(shownOf))
    const service = await readyHere(copy, UNSEALED)
    expect(await accesses(service)).to.deep.equal([0, 1, 2, 3])
    await service.stop()
  })
})
