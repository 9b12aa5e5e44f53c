import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import * as E from 'fp-ts/lib/Either.js'
import type { UserId } from '../../../domain/identifiers.ts'
import { byKeys } from '../../../src/access/authentication.ts'
import { verifyFile } from '../../../src/evidence/check/verifyFile.ts'
import { NO_LOOKS } from '../../../src/evidence/eventCheck.ts'
import { recordOf } from '../../../src/evidence/record.ts'
import type { Access } from '../../../src/ledger/accessEvent.ts'
import type { ErasedUser } from '../../../src/ledger/erased.ts'
import { formatVerifierKey, parseVerifierKey } from '../../../src/tlog/keys.ts'
import { webhookSecret } from '../../../src/webhooks/signature.ts'
import { startTimeStampAuthority } from '../../support/attestation/timeStampAuthority.ts'
import { appendOwn, observed, released } from '../../support/events/ownEvents.ts'
import { instant, userId } from '../../support/events/storedEvents.ts'
import { buildGo } from '../../support/goChecker.ts'
import { eventsOf } from '../../support/logs/logs.ts'
import { newDirectory } from '../../support/newDirectory.ts'
import { openPipeline, type Pipeline } from '../../support/pipeline/pipeline.ts'
import type { Served } from '../../support/pipeline/servedPipeline.ts'
import { right } from '../../support/right.ts'
import { archiveOf, type Contents, membersOf, summed, written } from '../../support/seals/archive.ts'
import { evidencePath, servingEvidence } from '../../support/seals/evidenceOf.ts'
import { newSealKey, newWitness, type Sealed, sealing } from '../../support/seals/sealing.ts'
import { expectProblem, type KycStatus } from '../../support/service/answers.ts'
import { kycHere } from '../../support/service/kycHere.ts'
import { day, document, user as review, sentAgain } from '../../support/webhooks/plainWebhooks.ts'
import { SECRET } from '../../support/webhooks/webhookBuilders.ts'

const USER = '42'
/** What a webhook about the user says of somebody else. */
const OF_ANOTHER = 'Hildegard'
const OF_NOBODY = { userId: undefined }
const SOURCE = fileURLToPath(new URL('../../../src/evidence/verify.go', import.meta.url))

/** What a verifier says of a file: its exit code, and all that it wrote. */
interface Verdict {
  readonly code: number | null
  readonly told: string
}

describe('an evidence file', () => {
  const key = newSealKey()
  const [logKey = ''] = key.keys
  const witness = newWitness('witness.example')
  const witnessKey = formatVerifierKey(witness.verifier)
  let goVerifier: string | null = null
  let pipeline: Pipeline
  let sealed: Sealed
  let served: Served
  let path: string
  let members: readonly Contents[]

  const text = (name: string): string => members.find((one) => one.name === name)?.bytes.toString() ?? ''
  const download = async (url: string = served.url): Promise<Response> => fetch(url + evidencePath(USER))
  const fileOf = async (response: Response): Promise<string> => {
    expect(response.status).to.equal(200)
    return written(Buffer.from(await response.arrayBuffer()))
  }

  /** As `npm run kyc -- verify` checks it, without a process of its own. */
  const ours = (
    file: string,
    keys: readonly string[] = key.keys,
    witnesses: readonly string[] = [witnessKey],
  ): Verdict => {
    const opened = openSync(file, 'r')
    const held = { log: keys.map(parseVerifierKey).map(right), witnesses: witnesses.map(parseVerifierKey).map(right) }
    try {
      return { code: 0, told: JSON.stringify(verifyFile(opened, held, [webhookSecret(SECRET)]).looks) }
    } catch (error) {
      expect(error).to.have.property('name', 'Error')
      return { code: 1, told: (error as Error).message }
    } finally {
      closeSync(opened)
    }
  }
  const gos = (file: string, by: string = logKey, witnesses: readonly string[] = [witnessKey]): Verdict => {
    const words = ['-key', by, ...witnesses.flatMap((one) => ['-witness', one]), file]
    const { status, stdout, stderr } = spawnSync(goVerifier ?? '', words, { encoding: 'utf8' })
    return { code: status, told: stdout + stderr }
  }
  /** Both refuse it, for a reason that names what is wrong. */
  const expectRefused = (bytes: Buffer, what: string, named: string | RegExp): void => {
    const file = written(bytes)
    for (const verdict of goVerifier !== null ? [ours(file), gos(file)] : [ours(file)]) {
      expect(verdict.code, `${what}: ${verdict.told}`).to.equal(1)
      expect(verdict.told, what).to.match(new RegExp(named))
    }
  }
  const expectAccepted = (bytes: Buffer, what: string): void => {
    const file = written(bytes)
    for (const verdict of goVerifier !== null ? [ours(file), gos(file)] : [ours(file)]) {
      expect(verdict.code, `${what}: ${verdict.told}`).to.equal(0)
    }
  }

  before(async function () {
    this.timeout(120_000)
    goVerifier = buildGo(SOURCE)
    pipeline = await openPipeline()
    sealed = sealing(pipeline.store, key, { witnesses: [witness] })
    const at = (n: number) => instant(day(n))
    await pipeline.deliver(review('0', day(1)), at(1))
    await pipeline.deliver(
      { ...review('0', day(1)), object_payload: { users: [{ userId: 43, kycReview: '1' }] } },
      at(1),
    )
    await pipeline.deliver(document('80009', '1', day(2)), at(2))
    await pipeline.deliver(document('70000', '1', day(3), OF_NOBODY), at(3))
    await pipeline.deliver(document('80009', '2', day(4), OF_NOBODY), at(4))
    await pipeline.deliver(document('=1+1<img src=x onerror="alert(1)">&\u202e', '2', day(5)), at(5))
    const reviewed = review('2', day(6))
    const { users } = reviewed.object_payload as { readonly users: readonly object[] }
    const several = { users: [{ userId: 43, kycReview: '1', firstname: OF_ANOTHER }, ...users] }
    await pipeline.deliver({ ...reviewed, object_payload: several }, at(6))
    await sealed.seal()
    served = await servingEvidence(pipeline, sealed)
    path = await fileOf(await download())
    members = membersOf(path)
  })
  after(async () => {
    served.close()
    await pipeline.close()
  })

  it('is an archive of all that is recorded of a user, in this order', async () => {
    const response = await download()
    expect(response.headers.get('content-type')).to.equal('application/x-tar')
    expect(response.headers.get('cache-control')).to.equal('no-store')
    expect(response.headers.get('content-disposition')).to.match(
      /^attachment; filename="evidence-42-\d{8}T\d{6}Z\.tar"$/,
    )
    await response.arrayBuffer()
    const events = [
      'kyc-42/00000000',
      'kyc-42/00000001',
      'kyc-42/00000002',
      'kyc-42/00000003',
      'kyc-unattributed/00000001',
    ]
    expect(members.map(({ name }) => name)).to.deep.equal([
      ...['README.txt', 'keys.txt', 'verify.go', 'checkpoint', 'status.json', 'timeline.html', 'timeline.csv'],
      ...events.flatMap((event) => [`events/${event}.record`, `events/${event}.tlog-proof`]),
      'SHA256SUMS',
    ])
    for await (const event of pipeline.store.readStream('kyc-42')) {
      const { bytes } =
        members.find(({ name }) => name === `events/kyc-42/0000000${event.revision}.record`) ?? expect.fail()
      expect(bytes.equals(recordOf(event))).to.equal(true)
    }
    expect(text('verify.go')).to.equal(readFileSync(SOURCE, 'utf8'))
    expect(text('checkpoint')).to.equal((sealed.latest()?.signed ?? '') + (sealed.latest()?.cosignatures ?? ''))
  })

  it('has nothing of another user in it of whom a webhook of the user speaks', async () => {
    expect(JSON.stringify(await eventsOf(pipeline.store))).to.include(OF_ANOTHER)
    expect(readFileSync(path).includes(OF_ANOTHER)).to.equal(false)
  })

  it('is what tar and sha256sum unpack and check', () => {
    const directory = newDirectory()
    const { status, stdout, stderr } = spawnSync(
      'sh',
      ['-c', `tar -xf ${path} -C ${directory} && cd ${directory} && sha256sum -c SHA256SUMS`],
      { encoding: 'utf8' },
    )
    expect([status, stderr], stdout).to.deep.equal([0, ''])
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .every((line) => line.endsWith(': OK')),
    ).to.equal(true)
  })

  it('says how the user stood when it was made, by all that was known then, and by which rules', () => {
    const { asOf, knownAt, position, meaning, corrections, answer } = JSON.parse(text('status.json'))
    expect(asOf)
      .to.match(/^20\d\d-\d\d-\d\dT[\d:.]+Z$/)
      .and.equal(knownAt)
    expect(answer).to.deep.equal(pipeline.kyc(USER as never))
    expect((answer as KycStatus).status).to.equal('validated')
    expect([typeof position, typeof meaning, corrections]).to.deep.equal(['string', 'number', 0])
    expect(text('keys.txt'))
      .to.match(/^COMPARE WITH THE ONES YOU HOLD/)
      .and.include(logKey)
  })

  it('is accepted by our verifier, which says what was checked and what was not', async () => {
    const words = ['verify', path, ...key.keys.flatMap((one) => ['--key', one])]
    const { code, stdout, stderr } = await kycHere(newDirectory(), words, { TREEZOR_WEBHOOK_SECRET: SECRET })
    expect([code, stderr], stdout).to.deep.equal([0, ''])
    expect(stdout)
      .to.match(/^checked: the events of kyc-42 are in that log, byte for byte: revision 0 to 3/m)
      .and.match(/^checked: 5 payloads have the hash that was recorded with them$/m)
      .and.match(/^checked: 4 payloads are signed by the provider$/m)
      .and.match(/^not checked: the provider's signatures of 1 payloads: they are parts of webhooks/m)
      .and.match(/^checked: status.json: it is what the records come to$/m)
      .and.match(/^not checked: no witness: an owner who rewrote log and key would not be seen$/m)
      .and.match(/^not checked: a signature of witness.example \([0-9a-f]{8}\): its key was not given$/m)
    const seen = await kycHere(newDirectory(), [...words, '--witness', witnessKey])
    expect(seen.stdout)
      .to.match(/^checked: witness.example \([0-9a-f]{8}\) has seen it at 2030-/m)
      .and.match(/^not checked: the provider's signatures over the payloads: no secret is given/m)
      .and.not.include('no witness')
  })

  it("is accepted by Go's, which says what was checked and what was not", function () {
    if (goVerifier === null) this.skip()
    const seen = gos(path)
    expect(seen.code, seen.told).to.equal(0)
    expect(seen.told)
      .to.match(/^checked: the events of kyc-42 are in that log, byte for byte: revision 0 to 3/m)
      .and.match(/^checked: 1 events of kyc-unattributed are in that log/m)
      .and.match(/^checked: witness.example \([0-9a-f]{8}\) has seen it at 2030-/m)
      .and.match(/^checked: 4 of 5 payloads have the hash that was recorded with them$/m)
      .and.match(/^not checked: 1 payloads against their hash: they are not in canonical form/m)
      .and.match(/^not checked: a signature of .* \(ML-DSA-44\)$/m)
      .and.match(/^not checked: what the provider signed of 1 payloads: they are parts of webhooks/m)
      .and.match(/^not checked: the provider's signatures/m)
      .and.match(/^not checked: whether the user has events after these/m)
      .and.not.include('no witness')
    expect(gos(path, logKey, []).told).to.match(
      /^not checked: no witness: an owner who rewrote log and key would not be seen$/m,
    )
  })

  it('is refused under another key, and where a witness whose key one holds has not signed', () => {
    const other = newSealKey()
    expect(ours(path, [other.keys[0] ?? '']).told).to.match(
      /^checkpoint: none of its signatures|^checkpoint: .* has not signed it/,
    )
    const stranger = formatVerifierKey(newWitness('stranger.example').verifier)
    const sameName = formatVerifierKey(newWitness('witness.example').verifier)
    for (const one of [stranger, sameName])
      expect(ours(path, key.keys, [witnessKey, one]).told).to.match(/has not signed it$/)
    if (goVerifier === null) return
    expect(gos(path, other.keys[0])).to.include({ code: 1 })
    for (const one of [stranger, sameName])
      expect(gos(path, logKey, [witnessKey, one]).told).to.match(/^WRONG: checkpoint: .* has not signed it/)
    for (const words of [[], ['-key', logKey], ['-key', 'x', path], ['-key', logKey, '-witness', logKey, path]]) {
      expect(spawnSync(goVerifier ?? '', words).status, words.join()).to.equal(2)
    }
  })

  it('of which any byte is another one is refused, whatever it is of', () => {
    for (const [index, { name, bytes }] of members.entries()) {
      for (const at of new Set([0, Math.floor(bytes.length / 2), bytes.length - 1])) {
        const flipped = Buffer.from(bytes)
        flipped[at] = (flipped[at] ?? 0) ^ 1
        expectRefused(archiveOf(members.with(index, { name, bytes: flipped })), `${name}, byte ${at}`, /./)
      }
    }
  })

  it('of which a record, a proof or the checkpoint is another one is refused, also with the sums that go with it', () => {
    for (const [index, { name, bytes }] of members.entries()) {
      if (!name.startsWith('events/') && name !== 'checkpoint') continue
      for (let at = 0; at < bytes.length; at += Math.max(1, Math.floor(bytes.length / 8))) {
        const flipped = Buffer.from(bytes)
        flipped[at] = (flipped[at] ?? 0) ^ 1
        expectRefused(archiveOf(summed(members.with(index, { name, bytes: flipped }))), `${name}, byte ${at}`, /./)
      }
    }
  })

  it('is refused with a record removed, two swapped, one inserted or a member twice', () => {
    const without = (...names: readonly string[]) => summed(members.filter(({ name }) => !names.includes(name)))
    const pair = (n: number) => members.filter(({ name }) => name.startsWith(`events/kyc-42/0000000${n}.`))
    const [first, second] = [pair(1), pair(2)]
    const at = members.findIndex(({ name }) => name === first[0]?.name)
    const renamed = (contents: readonly Contents[], from: string, to: string): readonly Contents[] =>
      contents.map(({ name, bytes }) => ({ name: name.replace(from, to), bytes }))
    const inOrder = (...pairs: readonly (readonly Contents[])[]) => summed(members.toSpliced(at, 4, ...pairs.flat()))

    expectRefused(
      archiveOf(without(...first.map(({ name }) => name))),
      'a record removed',
      'revision 1 of its stream should stand here',
    )
    expectRefused(
      archiveOf(without(...pair(0).map(({ name }) => name))),
      'the first removed',
      'revision 0 of its stream should stand here',
    )
    expectRefused(archiveOf(without(first[1]?.name ?? '')), 'a proof removed', 'its proof is missing')
    expectRefused(
      archiveOf(without(first[0]?.name ?? '')),
      'a record without its proof',
      'its record does not stand before it',
    )
    expectRefused(archiveOf(inOrder(second, first)), 'two swapped', 'revision 1 of its stream should stand here')
    expectRefused(
      archiveOf(inOrder(renamed(second, '0000002', '0000001'), renamed(first, '0000001', '0000002'))),
      'two swapped under their names',
      'the record is of another event',
    )
    expectRefused(
      archiveOf(inOrder(first, second, renamed(second, '0000002', '0000003'))),
      'inserted',
      /another event|should not|stands behind|another place/,
    )
    expectRefused(
      archiveOf(inOrder(first, first, second)),
      'an event twice',
      'it stands behind revision 1 of its stream',
    )
    expectRefused(
      archiveOf(summed([...members.slice(0, 1), ...members])),
      'README twice',
      'README.txt: it stands twice',
    )
    expectRefused(archiveOf([...members, members.at(-1) ?? expect.fail()]), 'sums twice', 'it stands behind the sums')
    expectRefused(archiveOf(members.slice(0, -1)), 'no sums', 'SHA256SUMS is missing')
    expectRefused(
      archiveOf(summed(members.filter(({ name }) => !name.startsWith('events/')))),
      'no events',
      'no event is in it',
    )
    for (const name of ['README.txt', 'keys.txt', 'verify.go', 'status.json', 'timeline.html', 'timeline.csv']) {
      expectRefused(archiveOf(without(name)), name, `${name} is missing`)
    }
    expectRefused(archiveOf(without('checkpoint')), 'checkpoint', 'no checkpoint stands before it')
  })

  it('is refused with anything in it that belongs to no evidence file', () => {
    const odd = (name: string) => archiveOf(summed([...members.slice(0, -1), { name, bytes: Buffer.from('x') }]))
    for (const name of [
      'events/kyc-42/00000004.txt',
      'events/kyc-042/00000004.record',
      'events/kyc-42/0000004.record',
      'events/kyc-log/00000000.record',
      'notes',
      '-x',
      'events/kyc-42/000000004.record',
    ]) {
      expectRefused(odd(name), name, 'nothing of that name is in an evidence file')
    }
    for (const name of ['../x', '/etc/passwd', 'events//x', './README.txt', 'a\nb']) {
      const bytes = archiveOf(members.slice(0, 1))
      // Names that our writer writes into no archive.
      bytes.write(name.padEnd(100, '\0'), 0, 'latin1')
      bytes.write(' '.repeat(8), 148)
      const sum = bytes.subarray(0, 512).reduce((all, byte) => all + byte, 0)
      bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
      expectRefused(bytes, name, 'not plain')
    }
    expectRefused(Buffer.from('not an archive'), 'no archive', 'ends too early')
    expectRefused(readFileSync(path).subarray(0, -1024), 'cut off', 'ends too early')
    expectRefused(Buffer.concat([readFileSync(path), Buffer.alloc(512)]), 'goes on', 'behind (the|its) end')
  })

  it('is refused with the checkpoint of another log, also one that the same key has signed', async () => {
    const others = sealing(pipeline.store, key, { witnesses: [witness] })
    await others.seal(3)
    const { signed = '', cosignatures = '' } = others.latest() ?? {}
    const issued = { name: 'checkpoint', bytes: Buffer.from(signed + cosignatures) }
    const at = members.findIndex(({ name }) => name === 'checkpoint')
    expectRefused(
      archiveOf(summed(members.with(at, issued))),
      'an older one',
      'its checkpoint is not the one of the file',
    )
    const elsewhere = await openPipeline()
    await elsewhere.deliver(review('0', day(1)))
    const foreign = sealing(elsewhere.store, newSealKey())
    await foreign.seal()
    const of = Buffer.from(foreign.latest()?.signed ?? '')
    expectRefused(
      archiveOf(summed(members.with(at, { name: 'checkpoint', bytes: of }))),
      'foreign',
      /^(WRONG: )?checkpoint: /,
    )
    await elsewhere.close()
  })

  it('is one whose words of ours nobody has to believe: with other sums they are others, and the status is still checked', () => {
    const at = (of: string) => members.findIndex(({ name }) => name === of)
    const changed = (name: string, from: string, to: string) =>
      archiveOf(summed(members.with(at(name), { name, bytes: Buffer.from(text(name).replace(from, to)) })))
    expectAccepted(changed('timeline.html', 'none', 'validated'), 'timeline.html')
    expectAccepted(changed('README.txt', 'user 42', 'user 43'), 'README.txt')
    const status = written(changed('status.json', '"validated"', '"refused"'))
    expect(ours(status)).to.deep.equal({ code: 1, told: 'status.json: it is not what the records come to' })
    const other = written(changed('status.json', '"userId": "42"', '"userId": "43"'))
    expect(ours(other).told).to.equal('status.json: it is about another user than the records')
    const none = written(changed('status.json', '"userId": "42"', '"userId": { "toString": 42 }'))
    expect(ours(none).told).to.equal('status.json: it is no status')
  })

  it('is refused with the status of an earlier day, to which the same records come as of that day', () => {
    const at = members.findIndex(({ name }) => name === 'status.json')
    const told = JSON.parse(text('status.json')) as { readonly asOf: string; readonly answer: unknown }
    const bytes = Buffer.from(text('status.json').replaceAll(told.asOf, `${day(5).slice(0, 10)}T12:00:00.000Z`))
    expect(ours(written(archiveOf(summed(members.with(at, { name: 'status.json', bytes }))))).told).to.equal(
      'status.json: it was made before the last of the records',
    )
  })

  it('shows what webhooks say as text, whatever it is', () => {
    const html = text('timeline.html')
    expect(html).to.include('&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&amp;\ufffd')
    expect(html).to.not.match(/<img|<script|\u202e|src="|href=/)
    expect(html).to.include(`default-src 'none'`)
    expect(html).to.match(/<\/html>\n$/)
    const csv = text('timeline.csv')
    expect(csv.split('\r\n')).to.have.length(1 + 5 + 1)
    expect(csv).to.include(`"'=1+1<img src=x onerror=""alert(1)"">&\ufffd: `)
  })

  it('holds what the service wrote into the stream itself, of which both verifiers say that nobody has signed it', async () => {
    const ledger = await openPipeline()
    const seals = sealing(ledger.store, key, { witnesses: [witness] })
    const at = (n: number) => instant(day(n))
    const refused = { kycReview: '3', kycLevel: '4', userStatus: 'VALIDATED' }
    await ledger.deliver(review('2', day(1)), at(1))
    await ledger.deliver(review('3', day(2)), at(2))
    await ledger.deliver(sentAgain(review('2', day(1)), day(3)), at(3))
    const [, , echo = expect.fail()] = await Array.fromAsync(ledger.store.readStream('kyc-42'))
    const said = observed(USER, { ...refused, kycReview: '2', kycLevel: '2' }, at(4))
    const release = released(echo, { observation: said.eventId }, at(4))
    await appendOwn(ledger.store, USER, said, release, observed(USER, refused, at(5)))
    await ledger.deliver(document('80009', '2', day(6)), at(6))
    await seals.seal()
    const serving = await servingEvidence(ledger, seals)
    const file = await fileOf(await download(serving.url))
    const own = membersOf(file)
    serving.close()
    await ledger.close()

    expect(ours(file)).to.deep.equal({ code: 0, told: JSON.stringify({ ...NO_LOOKS, own: 3, signed: 4 }) })
    const textOf = (name: string): string => own.find((one) => one.name === name)?.bytes.toString() ?? ''
    expect(JSON.parse(textOf('status.json')).answer).to.include({ status: 'refused', verified: false, events: 7 })
    const lines = textOf('timeline.csv').split('\r\n').slice(1, -1)
    const told = lines.map((line) => [
      /^"[^"]*","\d+","[^"]*","([^"]*)"/.exec(line)?.[1],
      /,"(\w+)","(legacy|lifecycle)"/.exec(line)?.[1],
    ])
    expect(told).to.deep.equal([
      ['user.kycreview', 'validated'],
      ['user.kycreview', 'refused'],
      ['user.kycreview', 'refused'],
      ['kyc-ledger.observed', 'refused'],
      ['kyc-ledger.released', 'validated'],
      ['kyc-ledger.observed', 'refused'],
      ['document.update', 'refused'],
    ])
    expect(textOf('timeline.html'))
      .to.include(
        '<strong>A release</strong>\n<div class="times">recorded 2024-06-04T12:00:00.000Z by this service itself',
      )
      .and.include('<strong>The provider was asked</strong>')
      .and.include('<li>It answered: review 3 (REFUSED), level 4 (REFUSED), user status VALIDATED;')
      .and.include('<li>Of revision 2 of kyc-42, which was held back: the provider confirmed it')
      .and.not.include('nothing is made')
    const kycs = await kycHere(newDirectory(), ['verify', file, ...key.keys.flatMap((one) => ['--key', one])])
    for (const { told: words, code } of [
      { code: kycs.code, told: kycs.stdout },
      ...(goVerifier === null ? [] : [gos(file)]),
    ]) {
      expect(code, words).to.equal(0)
      expect(words).to.include(
        'checked: 3 events are those that the log wrote itself, and have the hash that was recorded',
      )
      expect(words).to.include('not checked: whether what 3 events say is so, that the log wrote itself')
      expect(words).to.match(/^checked: 4 (of 4 )?payloads have the hash that was recorded with them$/m)
    }
  }).timeout(30_000)

  it('is given only when it is recorded who looked', async () => {
    const accesses: Access[] = []
    let fails = false
    const counting = await servingEvidence(pipeline, sealed, {
      authentication: byKeys(() => [
        { name: 'auditor', scopes: ['audit:read'], sha256: createHash('sha256').update('its-key').digest('hex') },
      ]),
      access: (access) => async () => {
        accesses.push(access)
        return fails ? E.left('the store is full') : E.right(undefined)
      },
    })
    const asked = (authorization: string) => fetch(counting.url + evidencePath(USER), { headers: { authorization } })
    await expectProblem(await asked('Bearer another'), 401)
    expect(accesses).to.deep.equal([])
    await fileOf(await asked('Bearer its-key'))
    expect(accesses).to.deep.equal([{ key: 'auditor', read: 'evidence', userId: USER }])
    fails = true
    await expectProblem(await asked('Bearer its-key'), 503, 'access-not-recorded')
    counting.close()
  })

  it('has the time stamp of its checkpoint, which OpenSSL verifies', async function () {
    this.timeout(20_000)
    const authority = await startTimeStampAuthority()
    if (authority === null) return this.skip()
    const directory = newDirectory()
    const timeStamp = (signed: string): Buffer => {
      writeFileSync(join(directory, 'signed'), signed)
      const query = [
        'ts',
        '-query',
        '-data',
        join(directory, 'signed'),
        '-sha256',
        '-cert',
        '-out',
        join(directory, 'query'),
      ]
      expect(spawnSync('openssl', query).status).to.equal(0)
      return authority.reply(readFileSync(join(directory, 'query')))
    }
    const stamped = sealing(pipeline.store, key, { witnesses: [witness], timeStamp })
    await stamped.seal()
    const serving = await servingEvidence(pipeline, stamped)
    const file = await fileOf(await download(serving.url))
    const all = membersOf(file)
    const bytes = (name: string): Buffer => all.find((one) => one.name === name)?.bytes ?? expect.fail(name)
    expect(authority.verify(bytes('checkpoint.signed'), bytes('checkpoint.tsr'))).to.include({ status: 0 })
    for (const verdict of goVerifier === null ? [ours(file)] : [ours(file), gos(file)]) {
      expect(verdict.code, verdict.told).to.equal(0)
    }
    const at = (name: string) => all.findIndex((one) => one.name === name)
    const but = (name: string) => archiveOf(summed(all.filter((one) => one.name !== name)))
    expectRefused(but('checkpoint.tsr'), 'no response', 'only one part is there')
    expectRefused(but('checkpoint.signed'), 'nothing stamped', 'only one part is there')
    const other = { name: 'checkpoint.signed', bytes: Buffer.from('something else\n') }
    expectRefused(
      archiveOf(summed(all.with(at('checkpoint.signed'), other))),
      'another one',
      'not how the checkpoint begins',
    )
    serving.close()
    authority.close()
  })

  it('is not given before the newest event is sealed, and is what was known when it was asked for', async () => {
    await pipeline.deliver(review('3', day(7)), instant(day(7)))
    const response = await download()
    expect(response.headers.get('retry-after')).to.equal('60')
    await expectProblem(response, 503, 'not-sealed')
    // Recorded later than now: it is not known yet.
    await sealed.seal()
    await pipeline.deliver(review('2', day(8)))
    const later = membersOf(await fileOf(await download())).map(({ name }) => name)
    expect(later).to.include('events/kyc-42/00000004.record').and.not.include('events/kyc-42/00000005.record')
  })

  it('is not given of a user nobody knows, nor with an event in it that is not the one that was sealed', async () => {
    await expectProblem(await fetch(`${served.url}/users/4711/evidence`), 404, 'unknown-user')
    await expectProblem(await fetch(`${served.url}/users/42/evidence?x=1`), 400, 'bad-parameter')
    const altered = await servingEvidence(pipeline, sealed, {
      store: {
        ...pipeline.store,
        readStream: async function* (stream, options) {
          for await (const event of pipeline.store.readStream(stream, options)) {
            yield event.revision === 2 && stream === 'kyc-42' ? { ...event, data: event.data.replace('2', '3') } : event
          }
        },
      },
    })
    await expectProblem(await download(altered.url), 500, 'sealed-otherwise')
    altered.close()
    const contradicted = await servingEvidence(pipeline, {
      ...sealed,
      fault: () => 'the log is not the one that was sealed',
    })
    const refused = await expectProblem(await download(contradicted.url), 503, 'not-sealed')
    expect(refused).to.include('none is made: the log is not the one that was sealed')
    contradicted.close()
  })

  it('is broken off once it is heard that its user was erased, while his events are given', async () => {
    const erased: ErasedUser = {
      userId: userId(USER),
      erasedAt: instant(day(7)),
      erasure: 1,
      ground: { rule: 'ended', since: null, period: null, dueAt: null } as ErasedUser['ground'],
      revision: 0,
      position: '0000000000000001',
    }
    const users = new Map<UserId, ErasedUser>()
    let reads = 0
    const ending = await servingEvidence(pipeline, sealed, {
      erased: { users, has: () => false },
      store: {
        ...pipeline.store,
        readStream: async function* (stream, options) {
          const isHis = stream === `kyc-${USER}`
          if (isHis) reads += 1
          for await (const event of pipeline.store.readStream(stream, options)) {
            // It is read for its end, to be looked at, to be told, and to be given.
            if (isHis && reads === 4 && event.revision === 1) users.set(erased.userId, erased)
            yield event
          }
        },
      },
    })
    const response = await download(ending.url)
    expect(response.status).to.equal(200)
    const end = await response.arrayBuffer().then(
      () => 'whole',
      () => 'broken off',
    )
    expect([reads, users.size, end]).to.deep.equal([4, 1, 'broken off'])
    ending.close()
  })
})
