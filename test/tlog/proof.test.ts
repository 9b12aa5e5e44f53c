import { expect } from 'chai'
import fc from 'fast-check'
import { formatHashLines, parseHashLines } from '../../src/tlog/hashLines.ts'
import { formatProof, type LogProof, parseProof } from '../../src/tlog/proof.ts'
import { left, right } from '../support/right.ts'

const hashes = (most: number) =>
  fc.array(
    fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes)),
    { maxLength: most },
  )

const CHECKPOINT = 'ledger.example/5f0c\n17\nAAAA\n\n\u2014 ledger.example/5f0c AAAAAAA=\n'
const proofs: fc.Arbitrary<LogProof> = fc.record({
  index: fc.maxSafeNat(),
  inclusion: hashes(63),
  checkpoint: fc.constant(CHECKPOINT),
})

const HASH = `${Buffer.alloc(32, 7).toString('base64')}\n`
const HEAD = 'c2sp.org/tlog-proof@v1\n'

describe('the lines of a proof', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(hashes(70), (list) => {
        const lines = formatHashLines(list).split('\n').slice(0, -1)
        expect(right(parseHashLines(lines))).to.deep.equal(list)
      }),
    )
  })

  it('are none, in words, where one is no hash', () => {
    const good = HASH.trim()
    for (const line of [
      '',
      'AAAA',
      `${good}=`,
      ` ${good}`,
      good.slice(1),
      good.replace('=', ''),
      good.replace(/.=$/, 'd='),
    ]) {
      expect(left(parseHashLines([good, line, good])), line).to.equal('line 2 of its proof is no hash')
    }
  })
})

describe('a proof that goes with its checkpoint', () => {
  it('is written as C2SP tlog-proof has it', () => {
    const inclusion = [Buffer.alloc(32, 7), Buffer.alloc(32, 7)]
    expect(formatProof({ index: 3, inclusion, checkpoint: CHECKPOINT })).to.equal(
      `${HEAD}index 3\n${HASH}${HASH}\n${CHECKPOINT}`,
    )
    expect(formatProof({ index: 0, inclusion: [], checkpoint: CHECKPOINT })).to.equal(`${HEAD}index 0\n\n${CHECKPOINT}`)
  })

  it('is read as it was written, with a line of something else or without', () => {
    fc.assert(
      fc.property(proofs, (proof) => {
        const text = formatProof(proof)
        expect(right(parseProof(text))).to.deep.equal(proof)
        expect(right(parseProof(text.replace('\nindex', '\nextra aGVsbG8=\nindex')))).to.deep.equal(proof)
      }),
    )
  })

  it('is none, in words, where its form is another', () => {
    const refused = {
      '': 'it has no blank line before a checkpoint',
      [`${HEAD}index 3\n${HASH}`]: 'it has no blank line before a checkpoint',
      [`c2sp.org/tlog-proof@v2\nindex 3\n\n${CHECKPOINT}`]: 'it does not begin with c2sp.org/tlog-proof@v1',
      [`\n${HEAD}index 3\n\n${CHECKPOINT}`]: 'it does not begin with c2sp.org/tlog-proof@v1',
      [`${HEAD}\n${CHECKPOINT}`]: 'it does not say the index of its leaf',
      [`${HEAD}index 03\n\n${CHECKPOINT}`]: 'it does not say the index of its leaf',
      [`${HEAD}index -3\n\n${CHECKPOINT}`]: 'it does not say the index of its leaf',
      [`${HEAD}index 9007199254740992\n\n${CHECKPOINT}`]: 'it does not say the index of its leaf',
      [`${HEAD}index 3\nindex 3\n\n${CHECKPOINT}`]: 'line 1 of its proof is no hash',
      [`${HEAD}index 3\n${HASH}extra aGVsbG8=\n\n${CHECKPOINT}`]: 'line 2 of its proof is no hash',
      [`${HEAD}index 3\n${HASH.repeat(64)}\n${CHECKPOINT}`]: 'it has more than 63 hashes',
    }
    for (const [text, why] of Object.entries(refused)) expect(left(parseProof(text))).to.equal(why)
  })
})
