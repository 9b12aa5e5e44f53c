import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { newDirectory } from '../../support/newDirectory.ts'
import {
  askFor,
  confirm,
  heldBackLife,
  KEYS,
  posted,
  type ReleaseTold,
  refused,
  releasesOf,
  requested,
  statusAt,
  validated,
} from '../../support/releases/releasing.ts'
import { expectProblem, okText } from '../../support/service/answers.ts'
import { kycHere } from '../../support/service/kycHere.ts'
import { sharedService } from '../../support/service/service.ts'
import { newUser } from '../../support/webhooks/webhookBuilders.ts'

/** How often somebody would have confirmed his own. */
const secondPersons = (metrics: string): number =>
  Number(/^kyc_authorization_refused_total\{reason="second-person"\} (\d+)$/m.exec(metrics)?.[1] ?? 0)

const keyFile = (directory: string, key: string): string => {
  const file = join(directory, `${key}.key`)
  writeFileSync(file, `${key}\n`, { mode: 0o600 })
  return file
}

describe('a release by two persons, of a service that runs', () => {
  const service = sharedService(KEYS, newDirectory)

  const live = async (userId: string): Promise<string> => {
    for (const webhook of heldBackLife(userId)) await service().deliver(webhook)
    return userId
  }

  it('makes a success count that was held back as an echo, once another key confirms it, and from then on', async () => {
    const user = await live(newUser())
    expect((await releasesOf(service(), user)).heldBack).to.have.length(1)
    const asked = await askFor(service(), user)
    expect(asked).to.include({
      state: 'requested',
      release: 4,
      status: 'refused',
      reason: 'by telephone',
      released: null,
    })
    expect(asked.requested).to.include({ by: 'anna' })
    expect(await statusAt(service(), user, asked.position)).to.equal('refused')

    const confirmed = await confirm(service(), user, asked.release)
    const told = JSON.parse(await okText(confirmed)) as ReleaseTold
    expect(told).to.include({ state: 'released', release: 4, status: 'validated', why: null })
    expect(told.released).to.include({ by: 'bert', observation: null })
    expect(await statusAt(service(), user, told.position)).to.equal('validated')
    const { heldBack, releases } = await releasesOf(service(), user, 'auditor')
    expect(heldBack).to.deep.equal([])
    const { status: _status, position: _position, ...listed } = told
    expect(releases).to.deep.equal([listed])
    // It counts from when it was confirmed on, never from when the success that it releases occurred.
    const then = await service().get(`/users/${user}/kyc?asOf=2025-03-20T00:00:00Z`, { authorization: 'Bearer shop' })
    expect(await then.json()).to.include({ status: 'refused', verified: false })
  })

  it('is not confirmed by who has asked for it, nor by who may not, nor twice', async () => {
    const user = await live(newUser())
    const { release } = await askFor(service(), user)
    const count = async (): Promise<string> => okText(await service().get('/metrics'))
    const before = secondPersons(await count())
    await expectProblem(await confirm(service(), user, release, 'anna'), 403, 'second-person-needed')
    expect(secondPersons(await count())).to.equal(before + 1)
    await expectProblem(await confirm(service(), user, release, 'clerk'), 403, 'missing-scope')
    expect((await confirm(service(), user, release, 'judge')).status).to.equal(200)
    await expectProblem(await confirm(service(), user, release), 409, 'release-confirmed')
    await expectProblem(await confirm(service(), user, release + 1), 404, 'unknown-release')
    await expectProblem(await confirm(service(), newUser(), release), 404, 'unknown-release')
  })

  it('is refused where nothing is held back, where it names something else, and where nobody is known', async () => {
    const [user, other, plain] = [await live(newUser()), await live(newUser()), newUser()]
    for (const webhook of [requested(plain, 1), validated(plain, 2), refused(plain, 3)])
      await service().deliver(webhook)
    const ask = (userId: string, event: object): Promise<Response> =>
      posted(service(), 'anna', `/users/${userId}/releases`, { ...event, reason: 'x' })
    const [ofOther] = (await releasesOf(service(), other)).heldBack
    await expectProblem(await ask(plain, { stream: `kyc-${plain}`, revision: 1 }), 409, 'not-held-back')
    await expectProblem(await ask(user, { eventId: ofOther?.eventId }), 409, 'not-held-back')
    await expectProblem(await ask(user, { stream: `kyc-${user}`, revision: 1 }), 409, 'not-held-back')
    await expectProblem(await ask(user, { stream: `kyc-${other}`, revision: 3 }), 409, 'not-held-back')
    await expectProblem(await ask(newUser(), { stream: 'kyc-1', revision: 3 }), 404, 'unknown-user')
    await expectProblem(
      await service().get(`/users/${newUser()}/releases`, { authorization: 'Bearer anna' }),
      404,
      'unknown-user',
    )
    for (const body of [
      { eventId: 'x' },
      { eventId: 'x', revision: 3, reason: 'x' },
      { stream: 'x', reason: 'x' },
      { stream: 'x', revision: -1, reason: 'x' },
      { eventId: 7, reason: 'x' },
      { eventId: 'x', reason: 'x', force: true },
      { eventId: 'x', reason: 'x\ny' },
    ]) {
      await expectProblem(await posted(service(), 'anna', `/users/${user}/releases`, body), 400, 'bad-body')
    }
    expect((await releasesOf(service(), user)).releases).to.deep.equal([])
  })

  it('stands where the same key asks in the same words again: nothing is recorded', async () => {
    const user = await live(newUser())
    const asked = await askFor(service(), user)
    const { eventId } = asked.releases
    const again = await posted(service(), 'anna', `/users/${user}/releases`, { eventId, reason: 'by telephone' })
    expect(JSON.parse(await okText(again))).to.deep.equal(asked)
    const other = await posted(service(), 'clerk', `/users/${user}/releases`, { eventId, reason: 'by telephone' })
    expect([other.status, ((await other.json()) as ReleaseTold).release]).to.deep.equal([201, 5])
    // The one that is confirmed releases it; the other asks for nothing any more.
    expect((await confirm(service(), user, 5, 'anna')).status).to.equal(200)
    await expectProblem(await confirm(service(), user, 4), 409, 'not-held-back')
    const { releases } = await releasesOf(service(), user)
    expect(releases.map(({ state }) => state)).to.deep.equal(['void', 'released'])
  })

  it('is not confirmed once a refusal has come in between, and says why', async () => {
    const user = await live(newUser())
    const { release } = await askFor(service(), user)
    await service().deliver(refused(user, 5))
    const why = await expectProblem(await confirm(service(), user, release), 409, 'not-held-back')
    expect(why).to.include('refusal')
    const { heldBack, releases } = await releasesOf(service(), user)
    expect(heldBack).to.deep.equal([])
    expect(releases.map(({ state, released }) => ({ state, released }))).to.deep.equal([
      { state: 'void', released: null },
    ])
  })

  it('is undone by a refusal that occurred before it and arrives after it', async () => {
    const user = await live(newUser())
    const { release } = await askFor(service(), user)
    expect((await confirm(service(), user, release)).status).to.equal(200)
    const taken = await service().deliver(refused(user, 6))
    expect(await statusAt(service(), user, taken.events[0]?.position ?? '')).to.equal('refused')
    const [told] = (await releasesOf(service(), user)).releases
    expect(told).to.include({ state: 'void' })
    expect(told?.released).to.include({ by: 'bert' })
  })

  it('is asked for and confirmed by the command, each with the key of a file', async () => {
    const user = await live(newUser())
    const directory = newDirectory()
    const run = (words: readonly string[], key: string) =>
      kycHere(directory, [
        'release',
        '--user',
        user,
        ...words,
        '--url',
        service().url,
        '--key-file',
        keyFile(directory, key),
      ])
    const listed = await run([], 'anna')
    expect([listed.code, listed.stderr]).to.deep.equal([0, ''])
    expect(listed.stdout).to.match(/^\| revision \| event .*\n.*\n\| 3 +\| [-0-9a-f]{36} \| legacy +\| echo/)
    const asked = await run(['--event', '3', '--reason', 'seen in the provider’s dashboard'], 'anna')
    expect([asked.code, asked.stdout]).to.deep.equal([
      0,
      `release 4 is requested; somebody else confirms it: --user ${user} --confirm 4\n`,
    ])
    expect((await run([], 'auditor')).stdout).to.match(
      /\| 4 +\| [-0-9a-f]{36} \| requested \| anna at 20.*provider’s dashboard/,
    )
    const own = await run(['--confirm', '4'], 'anna')
    expect(own.code).to.equal(1)
    expect(own.stderr).to.include('another key')
    const confirmed = await run(['--confirm', '4'], 'bert')
    expect([confirmed.code, confirmed.stdout]).to.deep.equal([
      0,
      `release 4 is confirmed: the status of user ${user} is validated\n`,
    ])
  })
})
