import { expect } from 'chai'
import { askOthers, type Heard } from '../../src/attestation/askOthers.ts'
import type { Witness } from '../../src/config/witnesses.ts'
import { verifyCheckpoint } from '../../src/tlog/verifyCheckpoint.ts'
import { type Answering, answering } from '../support/attestation/answering.ts'
import { startTimeStampAuthority, type TimeStampAuthority } from '../support/attestation/timeStampAuthority.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { eventually, untilTrue } from '../support/patience.ts'
import { right } from '../support/right.ts'
import { type SmallLog, smallLog } from '../support/witness/smallLog.ts'
import { type WitnessHere, witnessHere } from '../support/witness/witnessProcess.ts'

const ORIGIN = 'log.example/1'

describe('others, asked for their word on checkpoints', () => {
  let log: SmallLog
  let running: readonly WitnessHere[]
  let witnesses: readonly Witness[]
  let hanging: Answering
  let authority: TimeStampAuthority | null

  before(async () => {
    log = smallLog(ORIGIN)
    authority = await startTimeStampAuthority()
  })
  after(() => authority?.close())
  beforeEach(async () => {
    running = await Promise.all(
      ['witness.example/1', 'witness.example/2'].map((name) =>
        witnessHere(newDirectory(), [log], { WITNESS_NAME: name }),
      ),
    )
    witnesses = running.map(({ url, keys }, index) => ({ name: `witness.example/${index + 1}`, url, keys }))
    hanging = await answering(() => undefined)
  })
  afterEach(async () => {
    await Promise.all(running.map(({ end }) => end()))
    await hanging.close()
  })

  const sealed = (size: number, of = log) => ({
    checkpoint: { origin: ORIGIN, size, root: of.root(size) },
    signed: of.signed(size),
  })
  const asking = (of: Partial<Parameters<typeof askOthers>[0]> = {}) => {
    const heard: Heard[] = []
    const others = askOthers({
      witnesses,
      timeStampUrl: null,
      subtree: log.subtree,
      heard: (one) => heard.push(one),
      againMs: 50,
      ...of,
    })
    return { ...others, heard, next: (count: number) => untilTrue(`${count} answers`, () => heard.length >= count) }
  }
  const tagsOf = ({ said }: Heard): readonly string[] => said.map(({ says }) => says._tag)

  it('give cosignatures that go behind the checkpoint, all of them', async () => {
    const { bring, close, heard, next } = asking()
    bring(sealed(3))
    await next(1)
    bring(sealed(9))
    await next(2)
    await close(5000)
    for (const { size, cosignatures, timeStamp, notStamped, ...rest } of heard) {
      const { signed } = right(
        verifyCheckpoint(
          log.signed(size) + cosignatures,
          running.flatMap(({ keys }) => keys),
        ),
      )
      expect(signed).to.have.length(4)
      expect(tagsOf({ size, cosignatures, timeStamp, notStamped, ...rest })).to.deep.equal(['Agreed', 'Agreed'])
      expect([timeStamp, notStamped]).to.deep.equal([null, null])
    }
    expect(heard.map(({ size }) => size)).to.deep.equal([3, 9])
  })

  it('give a time stamp over the signed checkpoint', async function () {
    if (authority === null) return this.skip()
    const { bring, close, heard } = asking({ witnesses: [], timeStampUrl: authority.url })
    const one = sealed(3)
    bring(one)
    await close(60_000)
    const verified = authority.verify(Buffer.from(one.signed), heard[0]?.timeStamp ?? Buffer.alloc(0))
    expect(verified.status, verified.told).to.equal(0)
  })

  it('are asked again where they were out of reach, and nobody else is', async () => {
    const [, two] = running
    const port = new URL(two?.url ?? '').port
    await two?.end()
    const { bring, close, heard, next } = asking({ timeStampUrl: 'http://127.0.0.1:1' })
    bring(sealed(3))
    await next(3)
    const again = await witnessHere(newDirectory(), [log], { WITNESS_NAME: 'witness.example/2', PORT: port })
    const late = await eventually(
      'an answer of the witness',
      () => heard.find((all) => tagsOf(all)[0] === 'Refused') ?? null,
    )
    await close(5000)
    expect(tagsOf(heard[0] as Heard)).to.deep.equal(['Agreed', 'Unreachable'])
    expect(
      heard.slice(1).every((all) => all.said.length <= 1 && all.said.every(({ says }) => says._tag !== 'Agreed')),
    ).to.equal(true)
    // It has another key now: what it signs is not kept.
    expect(late.cosignatures).to.equal('')
    expect(heard[0]?.notStamped).to.be.a('string')
    await again.end()
  })

  it('are asked about the newest checkpoint where several came meanwhile', async () => {
    const { bring, close, heard } = asking()
    for (const size of [3, 4, 5, 6]) bring(sealed(size))
    await close(60_000)
    expect(heard.map(({ size }) => size)).to.deep.equal([3, 6])
    expect(heard.map(tagsOf)).to.deep.equal([
      ['Agreed', 'Agreed'],
      ['Agreed', 'Agreed'],
    ])
  })

  it('are not waited for beyond what the end allows', async () => {
    const { bring, close, heard } = asking({
      witnesses: witnesses.slice(0, 1).map((witness) => ({ ...witness, url: hanging.url })),
      timeStampUrl: hanging.url,
    })
    bring(sealed(3))
    await close(50)
    expect(heard.map(tagsOf)).to.deep.equal([['Unreachable']])
    expect(heard[0]?.notStamped).to.match(/aborted/)
  })

  it('are told nothing by a tree that does not hold its hashes', async () => {
    const first = asking()
    first.bring(sealed(5))
    await first.close(60_000)
    const { bring, close, heard } = asking({
      subtree: () => {
        throw new Error('the tree is damaged')
      },
    })
    bring(sealed(9))
    await close(60_000)
    expect(heard[0]?.said[0]?.says).to.deep.equal({
      _tag: 'Unreachable',
      reason: 'the proof for it could not be made: the tree is damaged',
    })
  })

  it('tell a log that was written anew', async () => {
    const first = asking()
    first.bring(sealed(5))
    await first.close(60_000)
    const rewritten = log.rewritten(2)
    const { bring, close, heard } = asking({ subtree: rewritten.subtree })
    bring(sealed(8, rewritten))
    await close(60_000)
    expect(heard[0]?.said.map(({ says }) => says._tag === 'Refused' && says.status)).to.deep.equal([422, 422])
  })

  it('are nobody where nobody is configured', async () => {
    const { bring, close, heard } = asking({ witnesses: [] })
    bring(sealed(5))
    await close(0)
    expect(heard).to.deep.equal([])
  })
})
