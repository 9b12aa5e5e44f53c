import type { RequestListener } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { expect } from 'chai'
import { type WitnessClient, type WitnessSays, witnessClient } from '../../src/attestation/witnessClient.ts'
import { formatSignature } from '../../src/tlog/note.ts'
import { verifyCheckpoint } from '../../src/tlog/verifyCheckpoint.ts'
import { answering } from '../support/attestation/answering.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { right } from '../support/right.ts'
import { newWitness } from '../support/seals/sealing.ts'
import { type SmallLog, smallLog } from '../support/witness/smallLog.ts'
import { WITNESS_NAME, type WitnessHere, witnessHere } from '../support/witness/witnessProcess.ts'

const ORIGIN = 'log.example/1'

const bring = (client: WitnessClient, log: SmallLog, size: number): Promise<WitnessSays> =>
  client.submit({ checkpoint: { origin: ORIGIN, size, root: log.root(size) }, signed: log.signed(size) }, log.subtree)

const clientOf = ({ url, keys }: Pick<WitnessHere, 'url' | 'keys'>): WitnessClient =>
  witnessClient({ name: WITNESS_NAME, url, keys })

describe('a checkpoint that is brought to a witness', () => {
  let log: SmallLog
  let witness: WitnessHere

  beforeEach(async () => {
    log = smallLog(ORIGIN)
    witness = await witnessHere(newDirectory(), [log])
  })
  afterEach(() => witness.end())

  it('comes back with cosignatures that go right behind its own signatures', async () => {
    const client = clientOf(witness)
    for (const size of [1, 6, 6, 20]) {
      const says = await bring(client, log, size)
      if (says._tag !== 'Agreed') throw new Error(JSON.stringify(says))
      const { signed } = right(verifyCheckpoint(log.signed(size) + says.lines, [log.key, ...witness.keys]))
      expect(signed.map(({ by }) => by.name)).to.deep.equal([ORIGIN, WITNESS_NAME, WITNESS_NAME])
      expect(signed.at(-1)?.at).to.equal(says.at)
    }
  })

  it('is brought with the proof that the witness needs, whatever was known before', async () => {
    const [one, another] = [clientOf(witness), clientOf(witness)]
    expect((await bring(one, log, 3))._tag).to.equal('Agreed')
    expect((await bring(another, log, 7))._tag).to.equal('Agreed')
    expect((await bring(one, log, 12))._tag).to.equal('Agreed')
    expect((await bring(another, log, 12))._tag).to.equal('Agreed')
  })

  it('is smaller than what the witness knows where the log has lost its end', async () => {
    const client = clientOf(witness)
    await bring(client, log, 12)
    for (const one of [client, clientOf(witness), client]) {
      expect(await bring(one, log, 9)).to.deep.equal({ _tag: 'KnowsMore', size: 12 })
    }
    expect((await bring(client, log, 13))._tag).to.equal('Agreed')
  })

  it('is refused in words where the log was written anew, whatever its size', async () => {
    await bring(clientOf(witness), log, 8)
    const rewritten = log.rewritten(4)
    for (const size of [8, 9, 20]) {
      const says = await bring(clientOf(witness), rewritten, size)
      expect(says).to.deep.include({ _tag: 'Refused', status: 422 })
      expect(says._tag === 'Refused' && says.reason).to.match(/^it has seen another history of this log; it says: /)
    }
    expect(await bring(clientOf(witness), rewritten, 7)).to.deep.equal({ _tag: 'KnowsMore', size: 8 })
  })

  it('is refused in words by a witness that does not watch the log, or knows another key of it', async () => {
    const unknown = smallLog('unknown.example')
    const checkpoint = { origin: unknown.origin, size: 3, root: unknown.root(3) }
    const says = await clientOf(witness).submit({ checkpoint, signed: unknown.signed(3) }, unknown.subtree)
    expect(says).to.deep.include({ _tag: 'Refused', status: 404 })
    const another = await bring(clientOf(witness), smallLog(ORIGIN), 3)
    expect(another).to.deep.include({ _tag: 'Refused', status: 403 })
  })

  it('finds a witness again after a restart, and none while it is away', async () => {
    const directory = newDirectory()
    const first = await witnessHere(directory, [log])
    const client = clientOf(first)
    await bring(client, log, 5)
    await first.end()
    expect(await bring(client, log, 6)).to.deep.equal({ _tag: 'Unreachable', reason: 'ECONNREFUSED' })
    const port = new URL(first.url).port
    const second = await witnessHere(directory, [log], { PORT: port })
    expect((await bring(client, log, 6))._tag).to.equal('Agreed')
    await second.end()
  })
})

describe('a witness that is not to be believed', () => {
  const log = smallLog(ORIGIN)
  const signer = newWitness(WITNESS_NAME)
  const checkpoint = { origin: ORIGIN, size: 5, root: log.root(5) }
  const line = (signature = signer.sign(checkpoint, 1_900_000_000)): string => formatSignature(signature)
  const text =
    (status: number, body: string, type = 'text/plain'): RequestListener =>
    (_req, res) =>
      res.writeHead(status, { 'Content-Type': type }).end(body)

  const said = async (listener: RequestListener): Promise<WitnessSays> => {
    const server = await answering(listener)
    try {
      return await bring(clientOf({ url: server.url, keys: [signer.verifier] }), log, 5)
    } finally {
      await server.close()
    }
  }

  it('is believed for the lines that are its own and good, and these are kept alone', async () => {
    const stranger = formatSignature(newWitness('stranger.example').sign(checkpoint, 1))
    expect(await said(text(200, stranger + line()))).to.deep.equal({ _tag: 'Agreed', lines: line(), at: 1_900_000_000 })
  })

  const refusals: readonly (readonly [what: string, body: string, reason: RegExp])[] = [
    ['of another tree', line(signer.sign({ ...checkpoint, size: 6 }, 1_900_000_000)), /is not good/],
    ['that says no time', line(signer.sign(checkpoint, 0)), /is not good/],
    ['of somebody else', line(newWitness(WITNESS_NAME).sign(checkpoint, 1)), /by a key that is configured/],
    ['that is none', 'fine\n', /cannot be read/],
    ['twice', line() + line(signer.sign(checkpoint, 1_900_000_001)), /more than once with one key/],
    ['and one that is not', line() + line(signer.sign({ ...checkpoint, size: 6 }, 1)), /is not good/],
  ]
  for (const [what, body, reason] of refusals) {
    it(`is refused with a cosignature ${what}`, async () => {
      const says = await said(text(200, body))
      expect(says).to.deep.include({ _tag: 'Refused', status: 200 })
      expect(says._tag === 'Refused' && says.reason).to.match(reason)
    })
  }

  it('is asked twice at most, with the size that it has named', async () => {
    const asked: string[] = []
    const sizes = ['3', '4', '5']
    const says = await said(async (req, res) => {
      asked.push((await buffer(req)).toString().split('\n')[0] ?? '')
      res.writeHead(409, { 'Content-Type': 'text/x.tlog.size' }).end(`${sizes[asked.length - 1]}\n`)
    })
    expect(asked).to.deep.equal(['old 0', 'old 3'])
    expect(says).to.deep.include({ _tag: 'Refused', status: 409 })
    expect(await said(text(409, 'many'))).to.deep.include({ _tag: 'Refused', status: 409 })
    expect(await said(text(409, '9'.repeat(30)))).to.deep.include({ _tag: 'Refused', status: 409 })
  })

  it('is out of reach while it is busy, broken or leads elsewhere', async () => {
    for (const status of [429, 500, 503]) {
      expect(await said(text(status, ''))).to.deep.equal({ _tag: 'Unreachable', reason: `it answers ${status}` })
    }
    const led = await said((_req, res) => res.writeHead(308, { Location: 'http://127.0.0.1:1/' }).end())
    expect(led).to.deep.equal({ _tag: 'Unreachable', reason: 'it answers 308' })
    expect(await said((req) => req.socket.destroy())).to.deep.include({ _tag: 'Unreachable' })
  })

  it('has little to say in our log, and no control characters', async () => {
    const says = await said(text(422, `a\u001b[31m\nb${'c'.repeat(1000)}`))
    if (says._tag !== 'Refused') throw new Error(says._tag)
    expect(says.reason).to.match(/it says: a \[31m bc+$/)
    expect(says.reason.length).to.be.lessThan(300)
    const page = await said(text(422, '<html>', 'text/html'))
    expect(page).to.deep.include({ reason: 'it has seen another history of this log' })
  })
})
