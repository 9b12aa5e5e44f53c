import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { deliverCutShort } from '../support/erasures/cutShort.ts'
import {
  asked,
  completed,
  deliverIn2019,
  type ErasureTold,
  endedLife,
  filesWith,
  personOf,
  posted,
  requestAndConfirm,
  withPolicy,
} from '../support/erasures/erasing.ts'
import { appendOwn, observed } from '../support/events/ownEvents.ts'
import { instant } from '../support/events/storedEvents.ts'
import { writingLog } from '../support/logs/logs.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { eventually } from '../support/patience.ts'
import { expectProblem, okText } from '../support/service/answers.ts'
import { kycHere } from '../support/service/kycHere.ts'
import { type Service, startService } from '../support/service/service.ts'
import {
  badlySigned,
  newUser,
  request,
  SECRET,
  signed,
  users,
  validation,
} from '../support/webhooks/webhookBuilders.ts'

const CHECK = fileURLToPath(new URL('../evidence/erased.mjs', import.meta.url))

/** What the program says of an answer 410, the record that it names, and a verifier key. */
const checkErased = (answer: object, record: string, key: string) => {
  const directory = newDirectory()
  const [answerFile, recordFile] = [join(directory, 'answer.json'), join(directory, 'record.json')]
  writeFileSync(answerFile, JSON.stringify(answer))
  writeFileSync(recordFile, record)
  return spawnSync(process.execPath, [CHECK, answerFile, recordFile, key], { encoding: 'utf8' })
}

describe('an erasure, asked of a running service', () => {
  const directory = newDirectory()
  const [anna, bert, cleo, held] = [newUser(), newUser(), newUser(), newUser()]
  const person = Object.values(personOf(anna))
  const env = withPolicy()
  let service: Service
  let erasure: number
  /** From before. */
  const then = { key: '', checkpoint: join(newDirectory(), 'checkpoint'), events: '', evidence: '' }

  /** What comes of her and another in one webhook. */
  const ofBoth = (userTag: string) =>
    users([
      { ...personOf(anna), userId: anna },
      { userId: held, userTag },
    ])
  const deliver = async (body: string): Promise<{ readonly outcome: string }> => {
    const response = await service.post(body)
    return JSON.parse(await okText(response)) as { readonly outcome: string }
  }
  const metric = async (name: string): Promise<number> =>
    Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(await (await service.get('/metrics')).text())?.[1])
  const evidenceOf = async (userId: string): Promise<Buffer> =>
    eventually('evidence of him', async () => {
      const response = await service.get(`/users/${userId}/evidence`, { authorization: 'Bearer auditor' })
      const bytes = Buffer.from(await response.arrayBuffer())
      return response.status === 200 ? bytes : null
    })

  before(async () => {
    await deliverIn2019(directory, [...endedLife(anna), ...endedLife(held)])
    await deliverCutShort(directory, ofBoth('of before'))
    // What the provider answered about her begins no period, and goes with her.
    const said = observed(
      anna,
      { kycReview: '2', kycLevel: '2', userStatus: 'VALIDATED' },
      instant('2019-07-01T00:00:00Z'),
    )
    await writingLog(directory, (store) => appendOwn(store, anna, said))
    service = await startService(directory, env)
    await service.ready()
    await service.deliver(request(bert, {}, personOf(bert)))
    await service.deliver(validation(bert, {}, personOf(bert)))
    // What the journal keeps of her.
    expect((await service.post(badlySigned(request(anna, {}, personOf(anna))))).status).to.equal(503)
    writeFileSync(join(directory, 'evidence-of-bert.tar'), await evidenceOf(bert))
    then.evidence = join(directory, 'evidence-of-bert.tar')
    then.events = await okText(await asked(service, 'auditor', `/users/${bert}/events`))
    then.key = (await okText(await asked(service, 'auditor', '/seals/keys'))).split('\n')[0] ?? ''
    writeFileSync(then.checkpoint, await okText(await asked(service, 'auditor', '/checkpoint')))
    await okText(await asked(service, 'shop', `/users/${anna}/kyc?asOf=2030-01-01T00:00:00Z`))
  })
  after(() => service.stop())

  it('finds the person in the files before', () => {
    for (const text of person) expect(filesWith(directory, [text]), text).to.not.be.empty
  })

  it('is refused before its time, with the rule that forbids it, and to whom may not', async () => {
    const path = `/users/${bert}/erasure`
    const told = await expectProblem(await posted(service, 'legal', path, { reason: 'x' }), 409, 'erasure-forbidden')
    expect(told).to.include('the relationship has not ended')
    await expectProblem(await posted(service, 'judge', path, { reason: 'x' }), 403, 'missing-scope')
    await expectProblem(await posted(service, null, path, { reason: 'x' }), 401, 'no-api-key')
    for (const body of [
      {},
      { reason: '' },
      { reason: 'a\nb' },
      { reason: 'x', other: 1 },
      { reason: 'x', authority: '' },
    ])
      await expectProblem(await posted(service, 'legal', path, body), 400, 'bad-body')
    await expectProblem(await posted(service, 'judge', `${path}/7/confirm`), 404, 'unknown-erasure')
    await expectProblem(await asked(service, 'officer', `${path}/7`), 404, 'unknown-erasure')
  })

  it('takes two persons, can be withdrawn, and is stopped by a hold that was placed since', async () => {
    const path = `/users/${held}/erasure`
    const ask = async (): Promise<ErasureTold> =>
      (await (await posted(service, 'legal', path, { reason: 'over' })).json()) as ErasureTold
    const first = await ask()
    expect(first).to.deep.include({ userId: held, state: 'requested', events: 0 })
    expect([first.ground.rule, first.requested.by.key]).to.deep.equal(['ended', 'legal'])
    await expectProblem(await posted(service, 'legal', path, { reason: 'over' }), 409, 'erasure-forbidden')
    await expectProblem(await posted(service, 'legal', `${path}/${first.erasure}/confirm`), 403, 'second-person-needed')
    const withdrawn = await posted(service, 'legal', `${path}/${first.erasure}/withdraw`, { reason: 'a mistake' })
    expect(((await withdrawn.json()) as ErasureTold).state).to.equal('withdrawn')
    await expectProblem(await posted(service, 'judge', `${path}/${first.erasure}/confirm`), 409, 'erasure-forbidden')
    const second = await ask()
    expect((await posted(service, 'legal', `/users/${held}/holds`, { reason: 'a court' })).status).to.equal(201)
    const told = await posted(service, 'judge', `${path}/${second.erasure}/confirm`)
    expect(await expectProblem(told, 409, 'erasure-forbidden')).to.include('legal hold')
    // No order sets it aside.
    await posted(service, 'legal', `${path}/${second.erasure}/withdraw`, { reason: 'held' })
    const ordered = await posted(service, 'legal', path, { reason: 'over', authority: 'somebody' })
    await expectProblem(ordered, 409, 'erasure-forbidden')
    expect(await okText(await asked(service, 'shop', `/users/${held}/kyc`))).to.include(held)
  })

  it('takes all of the user, and answers of him when and by which record, with proof', async () => {
    erasure = await requestAndConfirm(service, anna)
    const told = await completed(service, anna, erasure)
    expect(told).to.deep.include({ userId: anna, state: 'completed', events: 4 })
    expect(told.completed?.files).to.equal('gone')
    const paths = ['kyc', 'kyc?asOf=2020-01-01T00:00:00Z', 'kyc/history'].map((path) => ['shop', path] as const)
    const audited = ['events', 'evidence', 'events/0/proof'].map((path) => ['auditor', path] as const)
    let proven: Readonly<Record<string, unknown>> = {}
    for (const [key, path] of [...paths, ...audited]) {
      const answer = await eventually(`410 to ${path}`, async () => {
        const response = await asked(service, key, `/users/${anna}/${path}`)
        const text = await expectProblem(response, 410, 'user-erased')
        const json = JSON.parse(text) as Record<string, unknown>
        return json['proof'] === null ? null : json
      })
      expect(answer['erasure'], path).to.equal(erasure)
      expect(answer['erasedAt'], path).to.match(/^20\d\d-/)
      expect(answer['record'], path).to.deep.include({ stream: 'kyc-erasures' })
      expect(answer['proof'], path).to.match(/^c2sp\.org\/tlog-proof@v1\nindex \d+\n/)
      proven = answer
    }
    const everybody = await okText(await asked(service, 'shop', '/users?limit=1000'))
    expect([everybody.includes(bert), everybody.includes(anna)]).to.deep.equal([true, false])
    const log = await okText(
      await service.get('/events', { authorization: 'Bearer auditor', accept: 'application/x-ndjson' }),
    )
    expect([log.includes(`kyc-${bert}`), log.includes(`"stream":"kyc-${anna}","revision"`)]).to.deep.equal([
      true,
      false,
    ])

    // As the documentation tells an auditor to look.
    const { eventId } = proven['record'] as { readonly eventId: string }
    const record = log.split('\n').find((line) => line.includes(`"eventId":"${eventId}"`)) ?? ''
    const checked = checkErased(proven, record, then.key)
    expect(checked.stdout, checked.stderr).to.match(new RegExp(`^erasure ${erasure} of user ${anna}, recorded at 20`))
    expect(checked.status).to.equal(0)
    const forged = checkErased(proven, record.replace(`"userId":"${anna}"`, `"userId":"${bert}"`), then.key)
    expect([forged.status, forged.stdout]).to.deep.equal([1, 'WRONG: the record is not in the log\n'])
  })

  it('leaves nothing of the person in any file, nor in what the process wrote', async () => {
    await eventually('nothing is left', () => (filesWith(directory, person).length === 0 ? true : null))
    for (const text of person) expect(service.stdout() + service.stderr()).to.not.include(text)
  })

  it('keeps nothing of a webhook about her, and says so', async () => {
    expect(await deliver(signed(validation(anna, {}, personOf(anna))))).to.deep.equal({ outcome: 'erased' })
    expect(filesWith(directory, person)).to.deep.equal([])
    expect(await metric('kyc_deliveries_total{outcome="Erased"}'.replaceAll(/[{}]/g, '\\$&'))).to.equal(1)
    expect(await metric('kyc_erasures_completed_total')).to.equal(1)
    await service.says('a delivery about an erased user came')
    expect(service.stdout().match(/a delivery about an erased user came/g)).to.have.length(1)
    // The living are served on.
    expect(await deliver(signed(request(cleo)))).to.include({ outcome: 'appended' })
  })

  it('leaves others, and what was signed and proven before, as it was', async () => {
    expect(await okText(await asked(service, 'auditor', `/users/${bert}/events`))).to.equal(then.events)
    await evidenceOf(bert)
    const key = ['--key', then.key]
    const verified = await kycHere(directory, ['verify', ...key, '--checkpoint', then.checkpoint], { SEAL_EVERY: '1' })
    expect(verified.code, verified.stdout + verified.stderr).to.equal(0)
    const file = await kycHere(directory, ['verify', then.evidence, ...key])
    expect(file.code, file.stdout + file.stderr).to.equal(0)
  })

  it('stays so after a restart, and when the read model is made anew', async () => {
    const replayed = await kycHere(directory, ['replay', '--dry-run'], env)
    expect(replayed.stdout, replayed.stderr).to.include('the rebuilt read model is the same, row by row')
    // What the journal keeps under a secret that is not known yet goes when it comes again, and can be read.
    const early = signed(request(anna, {}, personOf(anna)), 'next')
    expect((await service.post(early)).status).to.equal(503)
    await service.stop()
    // As another node may, in the moment of the erasure.
    await deliverCutShort(directory, ofBoth('of after'))
    expect(filesWith(directory, person)).to.not.be.empty
    // A replay that was killed.
    const abandoned = join(directory, 'read-model-0.db')
    writeFileSync(abandoned, readFileSync(join(directory, 'read-model.db')))
    service = await startService(directory, { ...env, TREEZOR_WEBHOOK_SECRET: `${SECRET},next` })
    await service.ready()
    // But for what the journal keeps of that.
    const inLog = (): readonly string[] => filesWith(directory, person).filter((file) => !file.startsWith('journal'))
    await eventually('the whole is gone', () => (inLog().length === 0 ? true : null))
    await expectProblem(await asked(service, 'shop', `/users/${anna}/kyc`), 410, 'user-erased')
    expect(await deliver(signed(request(anna, {}, personOf(anna))))).to.deep.equal({ outcome: 'erased' })
    expect(filesWith(directory, person)).to.not.deep.equal([])
    expect(await deliver(early)).to.deep.equal({ outcome: 'erased' })
    expect(service.journal()).to.deep.equal([])
    expect(existsSync(abandoned)).to.equal(false)
    await eventually('nothing is left', () => (filesWith(directory, person).length === 0 ? true : null))
  })

  it('is not confirmed with all that is due where somebody orders it before its time', async () => {
    const ordered = await posted(service, 'legal', `/users/${cleo}/erasure`, { reason: 'now', authority: 'somebody' })
    const path = `/users/${cleo}/erasure/${((await ordered.json()) as ErasureTold).erasure}`
    const confirmed = await posted(service, 'judge', '/erasures/due/confirm')
    expect(await okText(confirmed)).to.equal('{"erasures":[]}')
    expect(await (await asked(service, 'officer', path)).json()).to.include({ state: 'requested' })
    expect((await posted(service, 'legal', `${path}/withdraw`, { reason: 'no' })).status).to.equal(200)
  })

  it('is listed until it is over, in pages, to whoever may know of it', async () => {
    const page = async (path: string) =>
      JSON.parse(await okText(await asked(service, 'officer', path))) as {
        readonly erasures: readonly ErasureTold[]
        readonly next: string | null
      }
    expect(await page('/erasures')).to.deep.equal({ erasures: [], next: null })
    for (const user of [cleo, bert]) {
      const order = { reason: 'now', authority: 'somebody' }
      expect((await posted(service, 'legal', `/users/${user}/erasure`, order)).status).to.equal(201)
    }
    const first = await page('/erasures?limit=1')
    const second = await page(first.next ?? '')
    expect(second.next).to.equal(null)
    const both = [...first.erasures, ...second.erasures]
    expect(both.map(({ userId, state }) => [userId, state])).to.deep.equal([
      [cleo, 'requested'],
      [bert, 'requested'],
    ])
    for (const { userId, erasure: number } of both) {
      const path = `/users/${userId}/erasure/${number}`
      expect(await (await asked(service, 'officer', path)).json()).to.deep.include({ erasure: number, userId })
      expect((await posted(service, 'legal', `${path}/withdraw`, { reason: 'no' })).status).to.equal(200)
    }
    expect((await page('/erasures')).erasures).to.deep.equal([])
    await expectProblem(await asked(service, 'shop', '/erasures'), 403, 'missing-scope')
    await expectProblem(await asked(service, 'officer', '/erasures?state=open'), 400, 'bad-parameter')
    await expectProblem(await posted(service, 'legal', '/erasures', {}), 405, 'method-not-allowed')
  })

  it('goes to its end while webhooks about the user come without a pause', async () => {
    let isOver = false
    let told = 0
    const outcomes = new Map<string, number>()
    const tell = async (): Promise<void> => {
      while (!isOver) {
        const comment = `comment-${++told}`
        const { outcome } = await deliver(signed(request(cleo, {}, { ...personOf(cleo), comment })))
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      }
    }
    const telling = Promise.all(Array.from({ length: 4 }, tell))
    await eventually('some were taken', () => ((outcomes.get('appended') ?? 0) > 20 ? true : null))
    const by = { authority: 'the data protection authority, 12/2026' }
    const course = await completed(service, cleo, await requestAndConfirm(service, cleo, by))
    expect(course.ground).to.deep.include({ rule: 'authority', ...by })
    await eventually('some were not kept', () => ((outcomes.get('erased') ?? 0) > 20 ? true : null))
    isOver = true
    await telling
    expect([...outcomes.keys()].sort()).to.deep.equal(['appended', 'erased'])
    expect(course.events).to.equal((outcomes.get('appended') ?? 0) + 1)
    await eventually('nothing is left', () =>
      filesWith(directory, Object.values(personOf(cleo))).length === 0 ? true : null,
    )
    const verified = await kycHere(directory, ['verify', '--key', then.key], { SEAL_EVERY: '1' })
    expect(verified.code, verified.stdout + verified.stderr).to.equal(0)
  })
})
