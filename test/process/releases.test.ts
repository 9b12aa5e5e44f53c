import { expect } from 'chai'
import { statusOf } from '../../domain/answer/status.ts'
import { RELEASE_REQUESTED, RELEASED } from '../../domain/event/ownEvent.ts'
import type { UserId } from '../../domain/identifiers.ts'
import { fold } from '../../domain/state/fold.ts'
import { startEventStoreDb } from '../support/eventStoreDb/eventStoreDb.ts'
import { readingLog } from '../support/logs/logs.ts'
import { newDirectory } from '../support/newDirectory.ts'
import {
  askFor,
  confirm,
  heldBackLife,
  KEYS,
  type ReleaseTold,
  refused,
  releasesOf,
  statusAt,
  validated,
} from '../support/releases/releasing.ts'
import { expectProblem, okText } from '../support/service/answers.ts'
import { type OwnService, serveHere, startService } from '../support/service/service.ts'
import { newUser } from '../support/webhooks/webhookBuilders.ts'

const live = async (service: OwnService): Promise<string> => {
  const user = newUser()
  for (const webhook of heldBackLife(user)) await service.deliver(webhook)
  return user
}

const releasesOnNodes = (
  name: string,
  open: () => Promise<{ readonly url: string; readonly close: () => Promise<void> }>,
) =>
  describe(`a release on two nodes in front of ${name}`, () => {
    let log: Awaited<ReturnType<typeof open>>
    let nodes: readonly [OwnService, OwnService]
    before(async () => {
      log = await open()
      const env = { ...KEYS, EVENT_STORE: log.url }
      nodes = await Promise.all([startService(newDirectory(), env), serveHere(newDirectory(), env)])
      await Promise.all(nodes.map((node) => node.ready()))
    })
    after(async () => {
      for (const node of nodes) await node.stop()
      await log.close()
    })

    it('has one confirmation where both are asked at once, and both know of it', async () => {
      const user = await live(nodes[0])
      const { release } = await askFor(nodes[0], user)
      const answers = await Promise.all(nodes.map((node) => confirm(node, user, release)))
      expect(answers.map(({ status }) => status).toSorted()).to.deep.equal([200, 409])
      const told = (await Promise.all(answers.map((answer) => answer.json()))) as readonly ReleaseTold[]
      const position = told.find(({ state }) => state === 'released')?.position ?? ''
      for (const node of nodes) {
        expect(await statusAt(node, user, position)).to.equal('validated')
        const { releases } = await releasesOf(node, user)
        expect(releases.map(({ state }) => state)).to.deep.equal(['released'])
      }
    })

    it('is of that event also where an attacker repeats what he has captured at every step', async () => {
      const user = await live(nodes[0])
      // Whoever captured a signed validation sends it under newer dates; each is kept, and held back.
      await nodes[1].deliver(validated(user, 5))
      const { release, releases } = await askFor(nodes[0], user)
      await nodes[1].deliver(validated(user, 6))
      const told = JSON.parse(await okText(await confirm(nodes[1], user, release))) as ReleaseTold
      expect(told.releases).to.deep.equal(releases)
      expect(told.status).to.equal('validated')
      // He gains nothing by it, neither before nor after; a refusal that he repeats takes the verification away.
      await nodes[1].deliver(validated(user, 7))
      const taken = await nodes[0].deliver(refused(user, 8))
      expect(await statusAt(nodes[0], user, taken.events[0]?.position ?? '')).to.equal('refused')
      const next = await nodes[0].deliver(validated(user, 9))
      expect(await statusAt(nodes[0], user, next.events[0]?.position ?? '')).to.equal('refused')
    })

    it('is not confirmed where the other node took a refusal in between', async () => {
      const user = await live(nodes[0])
      const { release } = await askFor(nodes[0], user)
      await nodes[1].deliver(refused(user, 5))
      await expectProblem(await confirm(nodes[0], user, release), 409, 'not-held-back')
    })
  })

releasesOnNodes('the protocol double', async () => {
  const double = await startEventStoreDb()
  return { url: double.connectionString, close: () => double.stop() }
})

const { EVENTSTORE_TEST_URL: realServer } = process.env
if (realServer === undefined)
  console.log('EVENTSTORE_TEST_URL is not set: a release was not tested with a real EventStoreDB')
else releasesOnNodes('a real EventStoreDB', async () => ({ url: realServer, close: async () => undefined }))

describe('a release whose service is killed between its steps', () => {
  it('goes on after a restart with what was recorded, and nothing else', async () => {
    const directory = newDirectory()
    const first = await startService(directory, KEYS)
    await first.ready()
    const user = await live(first)
    const asked = await askFor(first, user)
    await first.kill()

    const second = await startService(directory, KEYS)
    await second.ready()
    expect(await statusAt(second, user, asked.position)).to.equal('refused')
    const told = JSON.parse(await okText(await confirm(second, user, asked.release))) as ReleaseTold
    await second.kill()

    // What was answered is in the log, once, and says the same to whoever folds it anew.
    const own = await readingLog(directory, (store) => Array.fromAsync(store.readStream(`kyc-${user}`)))
    expect(own.map(({ type }) => type).slice(4)).to.deep.equal([RELEASE_REQUESTED, RELEASED])
    expect(own.at(-1)).to.include({ eventId: told.released?.eventId, position: told.position })
    expect(statusOf(fold(user as UserId, own))).to.equal('validated')
  })
})
