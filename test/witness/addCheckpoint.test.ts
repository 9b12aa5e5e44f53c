import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { EMPTY_ROOT, leafHash } from '../../src/tlog/hash.ts'
import { formatNote, formatSignature, parseSignatures } from '../../src/tlog/note.ts'
import { formatSubmission } from '../../src/tlog/submission.ts'
import { verifyCheckpoint } from '../../src/tlog/verifyCheckpoint.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { eventually } from '../support/patience.ts'
import { right } from '../support/right.ts'
import { newSealKey, newWitness, signedCheckpoint } from '../support/seals/sealing.ts'
import { expectProblem } from '../support/service/answers.ts'
import { type SmallLog, smallLog } from '../support/witness/smallLog.ts'
import { type WitnessHere, witnessHere } from '../support/witness/witnessProcess.ts'

describe('a witness', () => {
  let witness: WitnessHere
  let other: SmallLog
  let count = 0
  const logs = new Map<string, SmallLog>()
  /** A log for each test, all of which the witness watches. */
  const nextLog = (): SmallLog => {
    count += 1
    const log = logs.get(`log.example/${count}`)
    if (log === undefined) throw new Error('too few logs')
    return log
  }

  before(async () => {
    for (let index = 1; index <= 20; index += 1) logs.set(`log.example/${index}`, smallLog(`log.example/${index}`))
    other = smallLog('unwatched.example')
    witness = await witnessHere(newDirectory(), [...logs.values()])
  })

  const expectCosigned = async (response: Response, log: SmallLog, size: number): Promise<string> => {
    const lines = await response.text()
    expect(response.status, lines).to.equal(200)
    const { checkpoint, signed } = right(verifyCheckpoint(log.signed(size) + lines, witness.keys))
    expect(checkpoint.size).to.equal(size)
    expect(signed.map(({ by }) => by.type)).to.deep.equal([4, 6])
    for (const { at } of signed) expect(Math.abs((at ?? 0) - Date.now() / 1000)).to.be.lessThan(3600)
    return lines
  }
  const expectRefused = async (response: Response, status: number, reason: string): Promise<void> => {
    const text = await response.text()
    expect(response.status, text).to.equal(status)
    expect(response.headers.get('content-type')).to.equal('text/plain; charset=utf-8')
    expect(text)
      .to.include(reason)
      .and.to.match(/^[^\n]+\n$/)
  }
  const expectConflict = async (response: Response, size: number): Promise<void> => {
    expect(response.status).to.equal(409)
    expect(response.headers.get('content-type')).to.equal('text/x.tlog.size')
    expect(await response.text()).to.equal(`${size}\n`)
  }
  /** Nothing but what was cosigned is remembered. */
  const expectSeen = async (log: SmallLog, size: number): Promise<void> =>
    expectConflict(await witness.add(log.submission(size === 1 ? 2 : 1, log.records.length)), size)

  it('cosigns the first checkpoint of a log, and each that goes on from the last', async () => {
    const log = nextLog()
    await expectCosigned(await witness.add(log.submission(0, 3)), log, 3)
    await expectCosigned(await witness.add(log.submission(3, 3)), log, 3)
    await expectCosigned(await witness.add(log.submission(3, 17)), log, 17)
    await expectSeen(log, 17)
  })

  it('cosigns every size after every other', async () => {
    const log = nextLog()
    for (let size = 0; size <= log.records.length; size += 1) {
      await expectCosigned(await witness.add(log.submission(Math.max(0, size - 1), size)), log, size)
    }
    await expectSeen(log, log.records.length)
  })

  it('keeps one signature a key of the log, however often it is brought', async () => {
    const log = nextLog()
    const [signature = ''] = log.signed(5).match(/^\u2014 .*\n/gm) ?? []
    const note = log.signed(5) + signature.repeat(60)
    await expectCosigned(await witness.add(formatSubmission({ old: 0, proof: [], note })), log, 5)
    const given = await (await witness.monitored(log.origin)).text()
    const { signed } = right(verifyCheckpoint(given, [log.key, ...witness.keys]))
    expect(signed).to.have.length(3)
  })

  it('gives monitors what it has cosigned last, with the signatures of log and witness', async () => {
    const log = nextLog()
    const none = await witness.monitored(log.origin)
    expect(none.status).to.equal(404)
    await none.text()
    await witness.add(log.submission(0, 3))
    const stranger = newWitness('stranger.example')
    const note = log.signed(5) + formatSignature(stranger.sign({ origin: log.origin, size: 5, root: log.root(5) }, 1))
    const lines = await expectCosigned(
      await witness.add(formatSubmission({ old: 3, proof: log.proof(3, 5), note })),
      log,
      5,
    )
    const given = await witness.monitored(log.origin)
    expect(given.headers.get('content-type')).to.equal('text/plain; charset=utf-8')
    // The witness trusts one of the two keys of the log, and passes on nothing that it has not checked.
    const { origin, signers } = log
    expect(await given.text()).to.equal(
      signedCheckpoint({ origin, size: 5, root: log.root(5) }, signers.slice(0, 1)) + lines,
    )
  })

  it('cosigns how many users were erased, and no checkpoint by which they are fewer', async () => {
    const log = nextLog()
    const { origin, signers } = log
    const counting = (size: number, erased: number): string =>
      signedCheckpoint({ origin, size, root: log.root(size), ...(erased === 0 ? {} : { erased }) }, signers)
    const bring = (old: number, size: number, erased: number): Promise<Response> =>
      witness.add(formatSubmission({ old, proof: log.proof(old, size), note: counting(size, erased) }))
    const first = await bring(0, 3, 2)
    const lines = await first.text()
    expect(first.status, lines).to.equal(200)
    const { checkpoint, signed } = right(verifyCheckpoint(counting(3, 2) + lines, witness.keys))
    expect(checkpoint.erased).to.equal(2)
    expect(signed).to.have.length(2)
    for (const [size, erased] of [
      [3, 1],
      [5, 0],
      [5, 1],
    ] as const) {
      await expectRefused(
        await bring(3, size, erased),
        422,
        `it counts ${erased} erased users, and this witness has seen 2`,
      )
    }
    expect((await bring(3, 5, 3)).status).to.equal(200)
    expect(await (await witness.monitored(origin)).text()).to.contain('\nerased 3\n')
    await expectSeen(log, 5)
  })

  it('answers 400 to what it cannot read', async () => {
    const log = nextLog()
    const note = log.signed(3)
    const hashes = Array.from({ length: 64 }, () => EMPTY_ROOT)
    for (const [body, reason] of [
      ['', 'no blank line'],
      ['old 0\n', 'no blank line'],
      [note, 'first line'],
      [`old 03\n\n${note}`, 'first line'],
      [`old -1\n\n${note}`, 'first line'],
      [`old 99999999999999999999\n\n${note}`, 'first line'],
      [`old 0 \n\n${note}`, 'first line'],
      [`old 0\nabc\n\n${note}`, 'line 1 of its proof'],
      [formatSubmission({ old: 3, proof: hashes, note }), 'more than 63'],
      ['old 0\n\nlog.example/1\n', 'no signed note'],
      [`old 0\n\n${note.replace('\n3\n', '\n03\n')}`, 'no size'],
      [`old 0\n\n${note.replace('\n3\n', '\n3\n\t')}`, 'control character'],
      [`old 0\n\n${note.replace('\n\n', '\nmore\n\n')}`, 'not every signature would cover'],
      [`old 0\n\n${note.slice(0, -1)}`, 'newline'],
    ] as const) {
      await expectRefused(await witness.add(body), 400, reason)
    }
    const notText = await fetch(`${witness.url}/add-checkpoint`, { method: 'POST', body: Buffer.from([0xff, 0xfe]) })
    await expectRefused(notText, 400, 'UTF-8')
    await expectRefused(await witness.add(formatSubmission({ old: 4, proof: [], note })), 400, 'larger')
    await expectSeen(log, 0)
  })

  it('answers 404 for a log that it does not watch, whoever has signed', async () => {
    await expectRefused(await witness.add(other.submission(0, 3)), 404, 'does not watch')
    expect((await witness.monitored(other.origin)).status).to.equal(404)
    await eventually('a line that names the log', () =>
      witness.stdout().includes(`"origin":"${other.origin}"`) ? true : null,
    )
  })

  it('answers 403 where no key of the log has signed, or one has not signed this', async () => {
    const log = nextLog()
    const checkpoint = { origin: log.origin, size: 3, root: log.root(3) }
    const by = (...signers: Parameters<typeof signedCheckpoint>[1]) =>
      formatSubmission({ old: 0, proof: [], note: signedCheckpoint(checkpoint, signers) })
    await expectRefused(await witness.add(by(...newSealKey(log.origin).signers)), 403, 'by a key that is trusted')
    // Its ML-DSA key is the log's, but none that this witness was given.
    await expectRefused(await witness.add(by(...log.signers.slice(1))), 403, 'by a key that is trusted')
    const [ed25519] = log.signers
    const signature = ed25519?.sign({ ...checkpoint, size: 4 }, 0)
    if (signature === undefined) throw new Error('a log has a key')
    const forged = formatNote({
      text: `${log.origin}\n3\n${log.root(3).toString('base64')}\n`,
      signatures: [signature],
    })
    await expectRefused(await witness.add(`old 0\n\n${forged}`), 403, 'is not good')
    await expectSeen(log, 0)
  })

  it('answers 409 with the size that it knows to any other old size', async () => {
    const log = nextLog()
    await expectConflict(await witness.add(log.submission(1, 3)), 0)
    await expectCosigned(await witness.add(log.submission(0, 3)), log, 3)
    for (const [old, size] of [
      [0, 3],
      [2, 2],
      [0, 0],
      [4, 9],
    ] as const) {
      await expectConflict(await witness.add(log.submission(old, size)), 3)
    }
    await expectSeen(log, 3)
  })

  it('answers 422 where the proof does not show that the log has only grown', async () => {
    const log = nextLog()
    const submit = (old: number, size: number, proof = log.proof(old, size)) =>
      witness.add(formatSubmission({ old, proof, note: log.signed(size) }))
    await expectRefused(await submit(0, 7, [EMPTY_ROOT]), 422, 'proof')
    await expectCosigned(await submit(0, 7), log, 7)
    await expectRefused(await submit(7, 12, []), 422, 'proof')
    await expectRefused(await submit(7, 12, log.proof(6, 12)), 422, 'proof')
    await expectRefused(await submit(7, 12, [...log.proof(7, 12), EMPTY_ROOT]), 422, 'proof')
    await expectRefused(await submit(7, 12, log.proof(7, 12).toReversed()), 422, 'proof')
    await expectRefused(await submit(7, 7, [EMPTY_ROOT]), 422, 'proof')
    await expectSeen(log, 7)
    await expectCosigned(await submit(7, 12), log, 12)
  })

  it('answers 422 to a tree without leaves that has another root than that of nothing', async () => {
    const log = nextLog()
    const note = signedCheckpoint(
      { origin: log.origin, size: 0, root: leafHash(Buffer.from('something')) },
      log.signers,
    )
    await expectRefused(await witness.add(formatSubmission({ old: 0, proof: [], note })), 422, 'empty tree')
    expect((await witness.monitored(log.origin)).status).to.equal(404)
  })

  it('refuses a history that the log itself has written anew and signed, and keeps both in its log', async () => {
    const log = nextLog()
    await expectCosigned(await witness.add(log.submission(0, 8)), log, 8)
    const rewritten = log.rewritten(5)
    await expectRefused(await witness.add(rewritten.submission(8, 8)), 422, 'another root')
    await expectRefused(await witness.add(rewritten.submission(8, 13)), 422, 'does not show')
    await expectSeen(log, 8)
    const told = await eventually('two lines of its log', () => {
      const lines = witness
        .stdout()
        .split('\n')
        .filter(
          (line) => line.includes('has signed a checkpoint that is not cosigned') && line.includes(`${log.origin}\\n`),
        )
      return lines.length < 2
        ? null
        : lines.map((line) => JSON.parse(line) as { readonly refused: string; readonly cosigned: string })
    })
    const [first] = told
    const refused = right(verifyCheckpoint(first?.refused ?? '', [log.key])).checkpoint
    const cosigned = right(verifyCheckpoint(first?.cosigned ?? '', [log.key, ...witness.keys])).checkpoint
    expect([refused.size, cosigned.size]).to.deep.equal([8, 8])
    expect(refused.root.equals(cosigned.root)).to.equal(false)
  })

  it('never goes back, whatever is brought to it at once', async () => {
    const log = nextLog()
    await expectCosigned(await witness.add(log.submission(0, 1)), log, 1)
    const sizes = Array.from({ length: 19 }, (_, index) => index + 2)
    const answers = await Promise.all(sizes.map((size) => witness.add(log.submission(1, size))))
    const cosigned = sizes.filter((_, index) => answers[index]?.status === 200)
    expect(cosigned).to.have.length(1)
    for (const answer of answers) if (answer.status !== 200) await expectConflict(answer, cosigned[0] ?? 0)
    await expectSeen(log, cosigned[0] ?? 0)
  })

  it('reads a body whatever its type or encoding is, and none beyond 1 MiB', async () => {
    const log = nextLog()
    const packed = await fetch(`${witness.url}/add-checkpoint`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: gzipSync(log.submission(0, 3)),
    })
    const lines = await expectCosigned(packed, log, 3)
    expect(right(parseSignatures(lines))).to.have.length(2)
    await expectProblem(await witness.add('x'.repeat(1024 * 1024 + 1)), 413, 'body-too-large')
    const bomb = await fetch(`${witness.url}/add-checkpoint`, {
      method: 'POST',
      headers: { 'content-encoding': 'gzip' },
      body: gzipSync(Buffer.alloc(64 * 1024 * 1024)),
    })
    await expectProblem(bomb, 413, 'body-too-large')
  })

  it('answers problem documents to what is no request of the protocol', async () => {
    await expectProblem(await fetch(`${witness.url}/add-checkpoint`), 405, 'method-not-allowed')
    await expectProblem(await fetch(`${witness.url}/sign-subtree`, { method: 'POST' }), 404, 'unknown-path')
    await expectProblem(await fetch(witness.url), 404, 'unknown-path')
  })

  it('says that it is live, and ready', async () => {
    for (const [path, status] of [
      ['live', 'live'],
      ['ready', 'ready'],
    ]) {
      const response = await fetch(`${witness.url}/health/${path}`)
      expect([response.status, await response.json()]).to.deep.equal([200, { status }])
    }
  })
})
