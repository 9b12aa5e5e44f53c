import { spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { recordOf } from '../../src/evidence/record.ts'
import { formatCheckpoint } from '../../src/tlog/checkpoint.ts'
import type { Hash } from '../../src/tlog/hash.ts'
import { ED25519, formatVerifierKey } from '../../src/tlog/keys.ts'
import { formatNote } from '../../src/tlog/note.ts'
import { signer } from '../../src/tlog/sign.ts'
import { tilePath } from '../../src/tlog/tile.ts'
import { consistencyProof, inclusionProof, rootHash } from '../../src/tlog/tree.ts'
import { verifyCheckpoint } from '../../src/tlog/verifyCheckpoint.ts'
import { isConsistent, isIncluded } from '../../src/tlog/verifyProof.ts'
import { openTree } from '../../src/tree/openTree.ts'
import { openTreeReader } from '../../src/tree/openTreeReader.ts'
import { buildGo } from '../support/goChecker.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { flipped, type Log, type Proved, proofsOf, subtreesOf, withFlippedBit } from '../support/tlog/generatedLogs.ts'
import { referenceOf, rootByPath, rootsByProof } from '../support/tlog/reference.ts'
import { grow, IDENTITY } from '../support/tree/trees.ts'

const SOURCE = fileURLToPath(new URL('./check.go', import.meta.url))
const LOGS = process.env['KYC_LARGE'] === '1' ? 200 : 50

const key = signer('ledger.example/5f0c', ED25519, generateKeyPairSync('ed25519').privateKey)

const logs: readonly Log[] = fc.sample(
  fc.record({ size: fc.integer({ min: 1, max: 300 }), salt: fc.nat() }).map(({ size, salt }) => ({
    size,
    salt,
    records: Array.from({ length: size }, (_, index) =>
      recordOf({
        stream: `kyc-${index % 9}`,
        revision: Math.floor(index / 9),
        eventId: `${salt}-${index}`,
        type: 'user.kycreview',
        metadata: `{"format":3,"salt":"${salt}"}`,
        data: `{"webhook":"user.kycreview","of":${index}}`,
        position: String(index),
      }),
    ),
  })),
  LOGS,
)

/** Says whether a proof shows what it is said to show. */
type Verifier = (proved: Proved) => boolean

const ours: Verifier = ({ kind, size, root, at, hash, proof }) =>
  kind === 'inclusion'
    ? isIncluded(hash, at, { size, root }, proof)
    : isConsistent({ size: at, root: hash }, { size, root }, proof)

const byTheDefinition: Verifier = ({ kind, size, root, at, hash, proof }) => {
  if (kind === 'inclusion') return root.equals(rootByPath(at, size, hash, proof) ?? new Uint8Array())
  const [old, grown] = rootsByProof(at, size, hash, proof) ?? []
  return old !== undefined && grown !== undefined && hash.equals(old) && root.equals(grown)
}

/** Every proof of every log, and the same with a bit flipped, at a place that hangs on the log. */
function* bothOfAll(): Generator<readonly ['good' | 'bad', Proved]> {
  for (const log of logs) {
    let turn = log.salt
    for (const proved of proofsOf(log)) {
      yield ['good', proved]
      yield ['bad', flipped(proved, turn++ * 97)]
    }
  }
}

const isAllJudgedBy = (verifier: Verifier): void => {
  let count = 0
  for (const [is, proved] of bothOfAll()) {
    if (verifier(proved) !== (is === 'good')) expect.fail(`${is}, but not judged so: ${lineOf(is, proved)}`)
    count += 1
  }
  expect(count).to.be.greaterThan(4 * LOGS)
}

const base64 = (hashes: readonly Hash[]): string => hashes.map((hash) => hash.toString('base64')).join(' ')
const lineOf = (is: string, { kind, size, root, at, hash, proof }: Proved): string =>
  `${is} ${kind} ${size} ${base64([root])} ${at} ${base64([hash, ...proof])}`

describe(`inclusion and consistency in ${LOGS} generated logs`, () => {
  it('are proved by the hashes of the recursive definition', () => {
    for (const log of logs) {
      const { mth, path, proof: proofOf } = referenceOf(log.records)
      for (const { kind, size, root, at, proof } of proofsOf(log)) {
        const expected = kind === 'inclusion' ? path(at, size) : proofOf(at, size)
        if (!root.equals(mth(0, size)) || base64(proof) !== base64(expected)) {
          expect.fail(`${kind} of ${at} in ${size}, salt ${log.salt}`)
        }
      }
    }
  })

  it('are accepted, and refused with any bit flipped, by our verifier', () => isAllJudgedBy(ours))

  it('are accepted, and refused with any bit flipped, by the recursive definition', () =>
    isAllJudgedBy(byTheDefinition))

  it('are refused with every single bit flipped, and with a hash too many or too few', () => {
    for (const log of logs.slice(0, 3)) {
      const step = Math.ceil(log.size / 8)
      const some = [...proofsOf(log)].filter(({ at, size }) => size === log.size && at % step === 0)
      for (const proved of some) {
        const bits = 256 * (2 + proved.proof.length)
        for (let bit = 0; bit < bits; bit++) expect(ours(flipped(proved, bit))).to.equal(false)
        const { proof, hash, root } = proved
        const others = [[...proof, hash], [hash, ...proof], [...proof, root], proof.slice(1), proof.slice(0, -1)]
        for (const other of others.filter(({ length }) => length !== proof.length)) {
          expect(ours({ ...proved, proof: other })).to.equal(false)
          expect(byTheDefinition({ ...proved, proof: other })).to.equal(false)
        }
      }
    }
  })

  it('are asked for only where there are such leaves and sizes', () => {
    const { subtree } = subtreesOf(logs[0] as Log)
    for (const index of [-1, 1, 0.5, Number.NaN]) {
      expect(() => inclusionProof(index, 1, subtree), String(index)).to.throw(RangeError)
    }
    for (const old of [-1, 2, 0.5, Number.NaN]) {
      expect(() => consistencyProof(old, 1, subtree), String(old)).to.throw(RangeError)
    }
    expect(consistencyProof(0, 1, subtree)).to.deep.equal([])
  })
})

describe("what Go's sumdb says of them", () => {
  let program: string | null
  before(function () {
    this.timeout(120_000)
    program = buildGo(SOURCE)
    if (program === null) this.skip()
  })

  const notes = function* (): Generator<string> {
    const verifier = formatVerifierKey(key.verifier)
    for (const log of logs) {
      const checkpoint = {
        origin: key.verifier.name,
        size: log.size,
        root: rootHash(log.size, subtreesOf(log).subtree),
      }
      const text = formatCheckpoint(checkpoint)
      const signature = key.sign(checkpoint, 0)
      const note = (signed: string, bytes: Buffer) =>
        formatNote({ text: signed, signatures: [{ ...signature, signature: bytes }] })
      const notes = [
        ['good', note(text, signature.signature)],
        ['bad', note(withFlippedBit(Buffer.from(text), log.salt).toString('latin1'), signature.signature)],
        ['bad', note(text, withFlippedBit(signature.signature, log.salt))],
      ] as const
      for (const [is, signed] of notes) {
        expect([is, E.isRight(verifyCheckpoint(signed, [key.verifier]))]).to.deep.equal([is, is === 'good'])
        yield `${is} note ${verifier} ${Buffer.from(signed).toString('base64')}`
      }
    }
  }

  const paths = function* (): Generator<string> {
    const tiles = fc.record({
      level: fc.integer({ min: 0, max: 63 }),
      n: fc.maxSafeNat(),
      width: fc.integer({ min: 1, max: 256 }),
    })
    for (const tile of fc.sample(tiles, 500)) {
      for (const n of [tile.n, tile.n % 1_000_000, tile.n % 1000]) {
        yield `good path ${tile.level} ${n} ${tile.width} ${tilePath({ ...tile, n })}`
      }
    }
  }

  /** Trees as they lie on disk, read tile by tile as a monitor does. */
  const tiles = function* (): Generator<string> {
    for (const size of [1, 255, 256, 257, 1000, 70_000]) {
      const directory = join(newDirectory(), 'tree')
      const tree = openTree(directory, IDENTITY)
      grow(tree, size)
      tree.save()
      const root = tree.rootAt(size).toString('base64')
      const { subtree } = openTreeReader(directory)
      for (let at = 0; at < size; at += Math.ceil(size / 40)) {
        const included = inclusionProof(at, size, subtree)
        yield `good tiles-inclusion ${directory} ${size} ${root} ${at} ${base64(included)}`
        if (at === 0) continue
        yield `good tiles-consistency ${directory} ${size} ${root} ${at} ${base64(consistencyProof(at, size, subtree))}`
      }
      yield `bad tiles-inclusion ${directory} ${size + 1} ${root} 0 ${base64(inclusionProof(0, size, subtree))}`
    }
  }

  it('is the same, of every proof and note, good and with a bit flipped, of the paths of tiles and of tiles on disk', () => {
    const lines = [...[...bothOfAll()].map(([is, proved]) => lineOf(is, proved)), ...notes(), ...paths(), ...tiles()]
    const { status, stdout } = spawnSync(program ?? '', {
      input: lines.join('\n'),
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    })
    expect({ status, stdout: stdout.slice(0, 4000) }).to.deep.equal({
      status: 0,
      stdout: `${lines.length} cases, 0 other than said\n`,
    })
  })
})
