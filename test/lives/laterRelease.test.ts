import Database from 'better-sqlite3'
import { expect } from 'chai'
import { currentReadModel } from '../../src/readModel/file.ts'
import { userId } from '../support/events/storedEvents.ts'
import { recordAsFound, writingLog } from '../support/logs/logs.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { type EventJson, expectProblem } from '../support/service/answers.ts'
import { kycHere } from '../support/service/kycHere.ts'
import { type OwnService, readyHere } from '../support/service/service.ts'
import {
  document,
  march,
  newUser,
  on,
  refusal,
  request,
  users,
  validation,
  type WebhookFields,
  webhookJson,
} from '../support/webhooks/webhookBuilders.ts'

interface Entry {
  readonly eventId: string
  readonly before: { readonly status: string }
  readonly after: { readonly status: string }
}

describe('an event in which an older release found no user', () => {
  const directory = newDirectory()
  let service: OwnService

  /** Writes it into one stream alone, as that release did: under a user whom it found, or under nobody. */
  const record = (found: string | null, webhook: WebhookFields, day: number): Promise<string> =>
    writingLog(directory, async (store) => {
      const user = found === null ? null : userId(found)
      return (await recordAsFound(store, user, webhookJson(webhook), march(day))).eventId
    })
  const statusOf = async (user: string, question = ''): Promise<unknown> =>
    (await service.json<{ status: string }>(`/users/${user}/kyc${question}`)).status
  const historyOf = async (user: string): Promise<readonly Entry[]> =>
    (await service.json<{ events: readonly Entry[] }>(`/users/${user}/kyc/history`)).events
  const ofNobody = async (): Promise<readonly string[]> =>
    (await service.json<{ events: readonly Entry[] }>('/users?anomaly=user-unknown')).events.map(
      ({ eventId }) => eventId,
    )

  /** Anna is validated, Bert has no stream, Carl and Dora stand in one webhook, Emil's comes once more. */
  const [anna, bert, carl, dora, emil] = [newUser(), newUser(), newUser(), newUser(), newUser()]
  const both = users(
    [
      { userId: carl, kycReview: '3', kycLevel: '4' },
      { userId: dora, kycReview: '3', kycLevel: '4' },
    ],
    { name: 'user.kycreview', ...on(3) },
  )
  const onceMore = refusal(emil, on(3))
  const documentId = `document-of-${bert}`
  const refused: Record<string, string> = {}

  before(async () => {
    await record(anna, request(anna, on(1)), 1)
    await record(anna, validation(anna, on(2)), 2)
    refused['anna'] = await record(null, refusal(anna, on(3)), 3)
    await record(null, document('cancel', '0', on(3), { documentId }), 3)
    await record(null, document('create', bert, on(1), { documentId }), 3)
    refused['bert'] = await record(null, refusal(bert, on(3)), 4)
    await record(carl, both, 4)
    refused['both'] = await record(null, both, 4)
    await record(null, onceMore, 5)
    service = await readyHere(directory)
    await service.deliver(onceMore)
    await service.kyc(emil)
  })
  after(() => service.stop())

  it('is heard by the user whom this release finds in it, with an anomaly', async () => {
    const status = await service.kyc(anna)
    expect(status).to.include({ status: 'refused', verified: false, events: 3, revision: 1 })
    const odd = status.anomalies.find(({ kind }) => kind === 'user-unknown')
    expect(odd?.eventId).to.equal(refused['anna'])
  })

  it('makes a user known who has no stream of his own', async () => {
    const { users: listed } = await service.json<{ users: readonly { userId: string }[] }>(
      '/users?anomaly=user-unknown',
    )
    expect(listed.map((user) => user.userId)).to.include.members([anna, bert])
    const status = await service.kyc(bert)
    expect(status).to.include({ status: 'refused', events: 3, revision: -1 })
    expect(status.documents.map(({ state }) => state)).to.deep.equal(['canceled'])
    expect((await historyOf(bert)).map(({ after }) => after.status)).to.deep.equal(['none', 'none', 'refused'])
    const { events } = await service.json<{ events: readonly EventJson[] }>(`/users/${bert}/events`)
    expect(events.map(({ stream, revision }) => [stream, revision])).to.deep.equal([
      ['kyc-unattributed', 1],
      ['kyc-unattributed', 2],
      ['kyc-unattributed', 3],
    ])
  })

  it('is heard once by the user whom that release had found, and by the one whom it had not', async () => {
    expect(await service.kyc(carl)).to.include({ status: 'refused', events: 1 })
    expect((await service.kyc(carl)).anomalies.map(({ kind }) => kind)).to.not.include('user-unknown')
    expect(await historyOf(carl)).to.have.length(1)
    expect(await service.kyc(dora)).to.include({ status: 'refused', events: 1 })
    expect((await service.kyc(dora)).anomalies.map(({ kind }) => kind)).to.include('user-unknown')
    expect((await historyOf(dora)).map(({ eventId }) => eventId)).to.deep.equal([refused['both']])
  })

  it('is heard once if it is delivered again, to a release that finds him', async () => {
    const status = await service.kyc(emil)
    expect(status).to.include({ status: 'refused', events: 1, revision: 0 })
    expect(status.anomalies.map(({ kind }) => kind)).to.not.include('user-unknown')
    expect((await historyOf(emil)).map(({ after }) => after.status)).to.deep.equal(['refused', 'refused'])
    expect((await service.events(emil)).map(({ stream }) => stream)).to.deep.equal([`kyc-${emil}`])
  })

  it('belongs to somebody', async () => {
    expect(await ofNobody()).to.deep.equal([])
  })

  it('has its place on both axes of time', async () => {
    expect(await statusOf(anna, `?asOf=${march(2)}`)).to.equal('validated')
    expect(await statusOf(anna, `?asOf=${march(3)}`)).to.equal('refused')
    expect(await statusOf(anna, `?knownAt=${march(2)}`)).to.equal('validated')
    expect((await historyOf(anna)).map(({ after }) => after.status)).to.deep.equal(['pending', 'validated', 'refused'])
    // Bert's document was known before his refusal was, and nothing of him before that.
    expect(await statusOf(bert, `?asOf=${march(1)}`)).to.equal('none')
    expect(await statusOf(bert, `?knownAt=${march(3)}`)).to.equal('none')
    expect(await statusOf(bert, `?knownAt=${march(4)}`)).to.equal('refused')
    await expectProblem(await service.get(`/users/${bert}/kyc?knownAt=${march(2)}`), 404)
    await expectProblem(await service.get(`/users/${newUser()}/kyc?knownAt=${march(5)}`), 404)
  })

  it('counts as well for a user whose own events come later', async () => {
    const before = await service.kyc(bert)
    await service.deliver(request(bert, on(4)))
    expect(await service.kyc(bert)).to.include({ status: 'pending', events: before.events + 1, revision: 0 })
    await service.deliver(validation(bert, on(2)))
    expect(await service.kyc(bert)).to.include({ status: 'pending', events: before.events + 2, revision: 1 })
  })

  it('is heard at a replay of what older releases have not heard', async () => {
    const bodies = await Promise.all([anna, bert, carl, dora, emil].map((user) => service.kycBody(user)))
    await service.stop()
    expect((await kycHere(directory, ['replay'])).stdout).to.include('the rebuilt read model is the same, row by row')

    const unheard = new Database(currentReadModel(directory))
    unheard.exec('DELETE FROM kyc_status; DELETE FROM named_user; UPDATE checkpoint SET version = version - 1')
    unheard.close()
    const { stderr, stdout } = await kycHere(directory, ['replay'])
    expect(stderr).to.include('was made by another version')
    expect(stdout).to.include('the rebuilt read model is in use')
    service = await readyHere(directory)
    expect(await Promise.all([anna, bert, carl, dora, emil].map((user) => service.kycBody(user)))).to.deep.equal(bodies)
  })
})
